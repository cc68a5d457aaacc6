"""How the number lock judges a sentence on one passage: for the tests of what it knows."""

from __future__ import annotations

from guardrails import Evidence
from guardrails.catalogue import Catalogue
from guardrails.normal import Normaliser
from guardrails.numbers import NumberLock, read_facts

PLAIN = Normaliser()
CATALOGUE = Catalogue([])
LOCK = NumberLock(CATALOGUE, frozenset())


def cause_of(evidence: str, sentence: str, question: str = "请介绍一下", title: str = "说明") -> str | None:
    """Why the sentence is withheld; None where it passes."""
    facts = read_facts((Evidence(evidence, title=title),), CATALOGUE, PLAIN)
    found = LOCK.check(PLAIN.plain(sentence), facts, LOCK.ask(PLAIN.plain(question)))
    return found.cause if found else None
