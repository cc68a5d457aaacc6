"""A question taken apart by what it asks: several questions in one, and the story told before the one.

Each part is searched and answered on its own; a part never loses the product that the first one names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from app.knowledge.subjects import shipped
from app.knowledge.wording import asks, keys, without_asking

_CLAUSE, _COMMA = re.compile(r"[？?！!。；;\n]+"), re.compile("[，,、]+")
_ANY = re.compile(r"[？?！!。；;，,\n]+")
_EACH = re.compile(r"分别|各[是自有要收]?|区别|不同|哪[个种]|比|都")
_LEAST_ASKED, _MOST_PARTS = 4, 3
_HAN = re.compile(r"[㐀-鿿]")


def parts(question: str, named: Callable[[str], Sequence[str]] = lambda _: ()) -> list[str]:
    """What a question asks one after the other ("年费多少？挂失收费吗？"), or of several things at once; the question
    alone where it asks one thing. named: the products that a text calls by their names."""
    clauses = [part for part in _CLAUSE.split(question) if len(_HAN.findall(part)) >= _LEAST_ASKED] or [question]
    asked = [one for part in clauses for one in _asked_in(part)]
    if len(asked) > _MOST_PARTS:
        return [question]
    found = [one for part in asked for one in (shipped().apart(part) if _EACH.search(part) else [part])]
    return _of_one_product(found, named) if len(found) <= _MOST_PARTS else [question]


def _asked_in(clause: str) -> list[str]:
    """A clause of several questions ("医疗险犹豫期几天，等待期又是几天") as each of them."""
    asked = _COMMA.split(clause)
    each = all(asks(part) and len(_HAN.findall(without_asking(part))) >= _LEAST_ASKED - 1 for part in asked)
    return asked if each else [clause]


def _of_one_product(asked: Sequence[str], named: Callable[[str], Sequence[str]]) -> list[str]:
    """Of what a question names, those after it go on speaking until they name something themselves."""
    found, product = [], ""
    for part in asked:
        own = [*named(part), *shipped().words(part)][:1]
        found.append(part if own else product + part)
        product = own[0] if own else product
    return found


def core(question: str) -> str | None:
    """The question without the clauses that tell a story ("我今年七十二了，…"): those that neither ask nor name a
    subject or a quantity. None where nothing would be left out, or nothing asks."""
    clauses = [clause.strip() for clause in _ANY.split(question) if clause.strip()]
    asking = [asks(clause) for clause in clauses]
    if len(clauses) < 2 or not any(asking):
        return None
    kept = [
        clause for clause, asked in zip(clauses, asking, strict=True) if asked or shipped().of(clause) or keys(clause)
    ]
    return "，".join(kept) if len(kept) < len(clauses) else None
