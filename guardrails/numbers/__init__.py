"""Numbers of answers held to the numbers of evidence: read_facts once a turn, NumberLock.check for each sentence."""

from guardrails.numbers.facts import Facts, read_facts
from guardrails.numbers.lock import NumberLock, Unsupported
from guardrails.numbers.quantities import Quantity, read_quantities

__all__ = ["Facts", "NumberLock", "Quantity", "Unsupported", "read_facts", "read_quantities"]
