"""Sentences the law wants beside an answer: past performance with a benchmark or return, a product's risk level.

The sentences are data (rules/words.yaml), each with its source; one that the answer already holds is not repeated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from guardrails.catalogue import Catalogue
from guardrails.normal import Normaliser
from guardrails.verdict import Release


class Disclosures:
    """missing(text, release): the mandatory sentences an answer lacks, Simplified Chinese or English."""

    def __init__(
        self,
        entries: Sequence[Mapping[str, Any]],
        levels: Mapping[str, Sequence[str]],
        catalogue: Catalogue,
        normaliser: Normaliser,
    ) -> None:
        self._entries = entries
        self._compiled = [(re.compile(e["with"]), re.compile(e["unless"])) for e in entries]
        self._levels = levels
        self._catalogue = catalogue
        self._normaliser = normaliser

    def with_catalogue(self, catalogue: Catalogue) -> Disclosures:
        return Disclosures(self._entries, self._levels, catalogue, self._normaliser)

    def sentences(self) -> list[str]:
        return [entry[language] for entry in self._entries for language in ("zh", "en")]

    def missing(self, text: str, release: Release) -> list[str]:
        english = release.language == "en"
        plain = self._normaliser.plain(text).lower()
        found = [
            str(entry["en" if english else "zh"])
            for entry, (needed, unless) in zip(self._entries, self._compiled, strict=True)
            if needed.search(plain) and not unless.search(plain)
        ]
        told: set[str] = set()
        for mention in self._catalogue.mentions(self._normaliser.plain(text)):
            product = mention.product
            level = (product.risk_level or "").upper()
            if level not in self._levels or product.code in told or level.lower() in plain:
                continue
            told.add(product.code)
            chinese, wording = self._levels[level]
            found.append(
                f"{product.name}: risk level {level} ({wording})."
                if english
                else f"{product.name}的风险等级为{level}（{chinese}）。"
            )
        return found
