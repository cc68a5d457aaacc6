"""Masks personal data before anything is stored, logged or sent to a model: identity numbers, bank cards, mobile and
landline numbers, home and e-mail addresses, passports and codes. Amounts, dates and product codes stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from guardrails.personal.checks import Found, is_bank_card, is_identity_number, mask_number
from guardrails.personal.homes import homes, mailboxes
from guardrails.personal.labelled import accounts, documents, passports, secrets
from guardrails.personal.runs import LANDLINE, identities_and_cards, telephones
from guardrails.personal.view import view_of

__all__ = [
    "LANDLINE",
    "Found",
    "find_personal_data",
    "is_bank_card",
    "is_identity_number",
    "mask",
    "mask_number",
]

# Without a digit, an at sign, a house number in words or a password of letters there is nothing to find.
_TELLING = re.compile(
    r"\d|@|\bat\b|艾特|[号栋幢单](?<=[一二三四五六七八九十百零].)|(?:密码|口令)[是为:]", re.IGNORECASE
)
_DIGIT = re.compile(r"\d")
# Fewer digits in all are no number of a person: a Hong Kong card has six and a letter.
_FEWEST = 6


def find_personal_data(text: str, allowed: Collection[str] = ()) -> list[Found]:
    """Personal data in the text, left to right, not overlapping. allowed: digits that are public (a hotline)."""
    view = view_of(text)
    if _TELLING.search(view.text) is None:
        return []
    found: list[Found] = []
    taken = bytearray(len(view.text))
    for one in _candidates(view.text, allowed):
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"\1" * (one.end - one.start)
            found.append(one)
    found.sort(key=lambda f: f.start)
    if view.origin is None:
        return found
    return [Found(one.kind, *view.span(one.start, one.end), one.replacement) for one in found]


def _candidates(text: str, allowed: Collection[str]) -> Iterator[Found]:
    """What each sort finds, the surest first."""
    yield from secrets(text, allowed)
    if len(_DIGIT.findall(text)) >= _FEWEST:
        yield from passports(text)
        yield from identities_and_cards(text)
        yield from accounts(text, allowed)
        yield from documents(text)
        yield from telephones(text, allowed)
    yield from homes(text)
    yield from mailboxes(text)


def mask(text: str, allowed: Collection[str] = (), *, keep: Callable[[Found], bool] | None = None) -> str:
    """The text with personal data masked. Stable: masking twice changes nothing. keep: exceptions, if any."""
    pieces: list[str] = []
    at = 0
    for found in find_personal_data(text, allowed):
        if keep is not None and keep(found):
            continue
        pieces += [text[at : found.start], found.replacement]
        at = found.end
    return "".join([*pieces, text[at:]]) if pieces else text
