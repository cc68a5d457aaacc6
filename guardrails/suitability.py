"""Which products may be spoken of to whom, and how: product risk x tolerance x age x assessment x operator, as data.

A wrong cell sells somebody a risk they cannot bear. What is unknown counts as not assessed; facts stay answerable, with
the warning of the cell, and no sentence may lead a customer towards a product the cell warns of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

from guardrails.catalogue import Catalogue, Product
from guardrails.engine import Hit, RuleEngine
from guardrails.handbook import RuleNote, note_of
from guardrails.normal import NormalText
from guardrails.rules import RULES_FOLDER, Rule, RuleError, read_rule, read_yaml
from guardrails.verdict import Customer, Release

CellAction = Literal["tell", "warn", "refer"]
OPERATORS = ("bank", "third_party")
AGES = ("under_65", "from_65")
LEVELS = ("R1", "R2", "R3", "R4", "R5")
TOLERANCES = ("C1", "C2", "C3", "C4", "C5")
STATES: Mapping[str, Sequence[str]] = {"current": TOLERANCES, "expired": TOLERANCES, "missing": ("none",)}
_OLD = 65


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell's conclusion. zh, en: the customer's sentence, with {name} for the product."""

    outcome: str
    action: CellAction
    source: str
    zh: str
    en: str

    def say(self, name: str, language: str) -> str:
        return (self.en if language == "en" else self.zh).replace("{name}", name)


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer as the matrix knows them."""

    age: str
    state: str
    tolerance: str


def standing_of(customer: Customer, today: str) -> Standing:
    """today: business date, ISO. An age is counted by the year of birth; an assessment holds through its last day."""
    year = int(today[:4]) if today[:4].isdigit() else _OLD
    old = customer.birth_year is not None and year - customer.birth_year >= _OLD
    age = AGES[old]
    if customer.tolerance not in TOLERANCES or not customer.assessed_until:
        return Standing(age, "missing", "none")
    state = "expired" if customer.assessed_until < (today or "0002-01-01") else "current"
    return Standing(age, state, customer.tolerance)


def customer_like(standing: Standing) -> Customer:
    """Somebody of that standing, whatever the day is compared with: for a turn that is looked at again."""
    known = standing.state != "missing"
    return Customer(
        tolerance=standing.tolerance if known else None,
        assessed_until={"current": "9999-12-31", "expired": "0001-01-01"}.get(standing.state),
        birth_year=0 if standing.age == AGES[1] else None,
    )


class Suitability:
    """Reads the matrix once; share it. operator_type: "bank" or "third_party"."""

    def __init__(self, operator_type: str = "bank", folder: Path = RULES_FOLDER) -> None:
        """Raises RuleError when a cell is missing or names no outcome."""
        if operator_type not in OPERATORS:
            raise RuleError(f"suitability.yaml: no operator {operator_type}")
        entries: Mapping[str, Any] = read_yaml(folder / "suitability.yaml")
        self._operator = operator_type
        self._outcomes = {name: Cell(name, **entry) for name, entry in entries["outcomes"].items()}
        self._cells = entries["cells"]
        for key in self.keys():
            self.at(*key)
        self._leading = [read_rule(entries[name], "output", "suitability.yaml") for name in ("promotion", "route")]
        self._promotions = RuleEngine(self._leading)
        self._consulting = entries["consulting"]

    @property
    def consults(self) -> bool:
        """Whether products may be spoken of at all."""
        return self._operator == "bank"

    @property
    def rules(self) -> Sequence[Rule]:
        return tuple(self._leading)

    @property
    def notes(self) -> list[RuleNote]:
        """What the matrix decides, for the handbook."""
        consulting = {**self._consulting, "reply_key": self._consulting["reply"]}
        del consulting["reply"]
        return [*map(note_of, self._leading), RuleNote(kind="check", direction="output", priority=None, **consulting)]

    def sentences(self) -> list[str]:
        """Every outcome's words, {name} in place."""
        return [text for cell in self._outcomes.values() for text in (cell.zh, cell.en)]

    @staticmethod
    def keys() -> Iterable[tuple[str, str, str, str, str]]:
        """operator, age, state, tolerance, level of every cell."""
        for operator in OPERATORS:
            for age in AGES:
                for state, tolerances in STATES.items():
                    for tolerance in tolerances:
                        for level in LEVELS:
                            yield operator, age, state, tolerance, level

    def at(self, operator: str, age: str, state: str, tolerance: str, level: str) -> Cell:
        try:
            row = self._cells[operator][age][state][tolerance]
            return self._outcomes[row[LEVELS.index(level)]]
        except (KeyError, IndexError):
            raise RuleError(f"suitability.yaml: no cell {operator} {age} {state} {tolerance} {level}") from None

    def cell(self, level: str, customer: Customer, today: str) -> Cell:
        """level: R1..R5."""
        standing = standing_of(customer, today)
        return self.at(self._operator, standing.age, standing.state, standing.tolerance, level)

    def promotes(self, readings: Sequence[NormalText]) -> list[Hit]:
        return self._promotions.match_readings(readings)


class SuitabilityGate:
    """The matrix for one turn: its customer, and the products that its question and evidence are about."""

    def __init__(self, suitability: Suitability, catalogue: Catalogue, release: Release, asked: str) -> None:
        """asked: the question and what the conversation adds to it, in plain form."""
        self._suitability = suitability
        self._catalogue = catalogue
        self._release = release
        self._question = asked

    @cached_property
    def _asked(self) -> tuple[Product, ...]:
        """Rated products the question names; when it names none, the one the best passage belongs to."""
        release = self._release
        asked = self.rated_in(self._question)
        if asked or not release.evidence:
            return asked
        first = release.evidence[0]
        if first.risk_level not in LEVELS:
            return ()
        known = next((p for p in self._catalogue.products if p.code == first.product_code and p.risk_level), None)
        return (known or Product(first.product_code or "", first.title, first.risk_level),)

    def rated_in(self, text: str) -> tuple[Product, ...]:
        """Products with a risk level that the text (plain form) names, each once, in order."""
        named = (mention.product for mention in self._catalogue.mentions(text))
        return tuple(dict.fromkeys(product for product in named if product.risk_level in LEVELS))

    def cells(self, text: str) -> list[tuple[Product, Cell]]:
        """What holds for every product in hand: those the text names, and those that were asked about."""
        release = self._release
        if release.customer is None:
            return []
        products = dict.fromkeys((*self.rated_in(text), *self._asked))
        return [
            (product, self._suitability.cell(cast(str, product.risk_level), release.customer, release.today))
            for product in products
        ]

    def refers(self, text: str = "") -> bool:
        """Whether this platform may not speak of what was asked, or of what the text names."""
        return not self._suitability.consults and bool(self._asked or self.rated_in(text))

    def promotion(self, text: str, readings: Sequence[NormalText]) -> list[Hit]:
        """The places where a sentence leads this customer to a product that their cell warns of."""
        hits = self._suitability.promotes(readings)
        if not hits:
            return []
        return hits if any(cell.action != "tell" for _, cell in self.cells(text)) else []
