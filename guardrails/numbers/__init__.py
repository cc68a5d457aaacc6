"""Numbers of answers held to the numbers of evidence: read_facts once a turn, NumberLock.check for each sentence."""

from guardrails.numbers.asked import Asked
from guardrails.numbers.facts import Facts, joined, read_facts, read_passage
from guardrails.numbers.following import is_not_found
from guardrails.numbers.lock import NumberLock, Unsupported
from guardrails.numbers.quantities import Quantity, read_quantities

__all__ = [
    "Asked",
    "Facts",
    "NumberLock",
    "Quantity",
    "Unsupported",
    "is_not_found",
    "joined",
    "read_facts",
    "read_passage",
    "read_quantities",
]
