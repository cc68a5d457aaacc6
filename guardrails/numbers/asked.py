"""What a question says of the numbers of its answer, read once for all its sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from guardrails.numbers.clauses import words_of
from guardrails.numbers.quantities import Quantity, read_quantities

_ASKS = re.compile(
    r"(?:多少|几[个天年次笔号点时]|怎么|什么|哪|吗|呢|能不能|行不行|够不够|会不会|要不要|是不是)[^?？,，。;；!！]*[?？]?|[?？]"
)
# "金卡年费" asks without a word for it.
_A_KEYWORD = 12


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
    def asks_once(self) -> bool:
        """Whether it asks one thing: then a number of the answer that is called nothing is what it asks for."""
        asking = len(_ASKS.findall(self.question))
        return asking == 1 or (not asking and len(self.question) <= _A_KEYWORD)

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        return tuple(read_quantities(self.question))
