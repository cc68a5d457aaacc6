"""Products' names in a sentence: by which beginnings they are known, and the sentence without them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from guardrails.catalogue import Catalogue, Mention

# A shorter beginning of a name is as likely to be a word of its own.
_SHORTEST_NAME = 4


def short_names(catalogue: Catalogue) -> Catalogue:
    """The beginnings of names ("进取成长" of 进取成长权益) that are one product's alone."""
    of: dict[str, set[str]] = {}
    for product in catalogue.products:
        name = re.match("[\u4e00-\u9fff]*", product.name)
        for length in range(_SHORTEST_NAME, len(name.group()) + 1 if name else 0):
            of.setdefault(product.name[:length], set()).add(product.code)
    return Catalogue(
        replace(product, name=short, aliases=())
        for product in catalogue.products
        for short, codes in of.items()
        if codes == {product.code} and short != product.name
    )


def without_names(sentence: str, mentions: Sequence[Mention]) -> str:
    for mention in mentions:
        sentence = sentence[: mention.start] + " " * (mention.end - mention.start) + sentence[mention.end :]
    return sentence
