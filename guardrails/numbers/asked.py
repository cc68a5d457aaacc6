"""What a question says of the numbers of its answer, read once for all its sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from guardrails.numbers.clauses import words_of
from guardrails.numbers.quantities import Quantity, read_quantities


@dataclass(frozen=True)
class Asked:
    """question: in plain form. products: codes of those it names; attributes: the fees and rates it names."""

    question: str = ""
    products: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()

    @cached_property
    def words(self) -> frozenset[str]:
        return words_of(self.question, 0, ())

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        return tuple(read_quantities(self.question))
