"""Sentences the law wants beside an answer: past performance with a benchmark or return, a product's risk level, and
what the customer's own standing asks for.

The sentences are data (rules/words.yaml, rules/suitability.yaml), each with its source; one that the answer already
holds is not repeated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from guardrails.catalogue import Product
from guardrails.normal import Normaliser
from guardrails.said import squeezed
from guardrails.suitability import Cell, SuitabilityGate

_DOCUMENT = re.compile("(?:产品)?(?:说明书|介绍|合同|协议|条款|手册)$")


class Disclosures:
    """missing(): the mandatory sentences an answer lacks, Simplified Chinese or English."""

    def __init__(
        self,
        entries: Sequence[Mapping[str, Any]],
        levels: Mapping[str, Sequence[str]],
        as_of: Mapping[str, str],
        normaliser: Normaliser,
    ) -> None:
        self._entries = entries
        self._compiled = [(re.compile(e["with"]), re.compile(e["unless"])) for e in entries]
        self._levels = levels
        self._as_of = as_of
        self._normaliser = normaliser

    def sentences(self) -> list[str]:
        return [entry[language] for entry in self._entries for language in ("zh", "en")]

    def as_of(self, day: str, language: str) -> str:
        """What is said of an answer by another day's documents. day: ISO date."""
        if language == "en":
            return self._as_of["en"].replace("{day}", day)
        year, month, date = (int(part) for part in day.split("-"))
        return self._as_of["zh"].replace("{day}", f"{year}年{month}月{date}日")

    def missing(self, text: str, language: str, gate: SuitabilityGate, as_of: str = "") -> list[str]:
        """language: "en" for English, else Simplified Chinese. gate: this turn's customer and products. as_of: ISO date
        of another day than today, or nothing."""
        english = language == "en"
        written = self._normaliser.plain(text)
        plain = written.lower()
        found = [
            str(entry["en" if english else "zh"])
            for entry, (needed, unless) in zip(self._entries, self._compiled, strict=True)
            if needed.search(plain) and not unless.search(plain)
        ]
        cells = gate.cells(written)
        rated = dict.fromkeys((*gate.rated_in(written), *(product for product, _ in cells)))
        found += [self._level(product, english=english) for product in rated if not self._is_told(product, plain)]
        held = squeezed(plain)
        for names, cell in _by_outcome(cells):
            sentence = cell.say("、".join(names) if not english else " and ".join(names), language)
            if cell.action != "refer" and squeezed(self._normaliser.plain(sentence)) not in held:
                found.append(sentence)
        if as_of and squeezed(self._normaliser.plain(self.as_of(as_of, language))) not in held:
            found.append(self.as_of(as_of, language))
        return found

    def _is_told(self, product: Product, plain: str) -> bool:
        level = (product.risk_level or "").lower()
        return level.upper() not in self._levels or level in plain

    def _level(self, product: Product, *, english: bool) -> str:
        level = (product.risk_level or "").upper()
        chinese, wording = self._levels[level]
        if english:
            return f"{_said(product)}: risk level {level} ({wording})."
        return f"{_said(product)}的风险等级为{level}（{chinese}）。"


def _said(product: Product) -> str:
    """A product is often known by its document's title: whoever speaks of it does not say 说明书."""
    return _DOCUMENT.sub("", product.name) or product.name


def _by_outcome(cells: Sequence[tuple[Product, Cell]]) -> list[tuple[list[str], Cell]]:
    """Products of which the same holds, in one sentence."""
    grouped: dict[str, tuple[list[str], Cell]] = {}
    for product, cell in cells:
        grouped.setdefault(cell.outcome, ([], cell))[0].append(_said(product))
    return list(grouped.values())
