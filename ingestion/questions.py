"""Tables of questions and answers, in every format: each row that has both is a pair; its other columns stay with it.

Columns are found by their heading in Chinese or English.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingestion.blocks import Block, Pair, Paragraph, Row, Table

_QUESTION = {"问题", "标准问", "标准问题", "常见问题", "提问", "问", "question", "q", "questions"}
_ANSWER = {"答案", "标准答案", "回答", "回复", "答复", "答", "answer", "a", "reply", "answers"}
_CATEGORY = {"类别", "分类", "类目", "栏目", "业务", "业务类型", "主题", "category", "topic", "type"}
_COUNTER = {"序号", "编号", "id", "no", "no.", "#"}
_LONGEST_GROUP = 20


@dataclass(frozen=True, slots=True)
class _Columns:
    """Places of the question, the answer, the category (None without one) and what else is told with the answer."""

    question: int
    answer: int
    category: int | None
    others: tuple[int, ...]


def asks(header: Sequence[str]) -> bool:
    """True for the header of a table of questions and answers."""
    return _columns(header) is not None


def pairs(header: Sequence[str], rows: Iterable[Row]) -> tuple[list[Pair], list[Row]]:
    """The pairs, and the rows that lack a question or an answer. A row that says one thing in short
    names those below it."""
    columns = _columns(header)
    assert columns is not None
    made: list[Pair] = []
    incomplete: list[Row] = []
    group, named = "", None
    for row in rows:
        cells = row.cells
        said = cells[0]
        if (
            said
            and len(cells) > 2
            and len(set(cells)) == 1
            and len(said) <= _LONGEST_GROUP
            and said[-1] not in "。；："
        ):
            incomplete += filter(None, [named])
            group, named = cells[0], row
            continue
        question, answer = cells[columns.question], cells[columns.answer]
        if not question or not answer or question == answer:
            incomplete.append(row)
            continue
        named = None
        lines = [answer, *(_named(header[place], cells[place]) for place in columns.others if cells[place])]
        category = cells[columns.category] if columns.category is not None else ""
        pair = Pair(question, "\n".join(lines), category or group, row.page)
        last = made[-1] if made else None
        if last is not None and (last.question, last.category) == (pair.question, pair.category):
            made[-1] = replace(last, answer=f"{last.answer}\n{pair.answer}")  # one question over several rows
        else:
            made.append(pair)
    return made, [*incomplete, *filter(None, [named])]


def asked_in(block: Block) -> Iterator[Block]:
    """The pairs of a table of questions and answers; what is no pair of it stays a table; other blocks as they are."""
    if not isinstance(block, Table) or not asks(block.header):
        yield block
        return
    made, incomplete = pairs(block.header, block.rows)
    if not made:
        yield block
        return
    if block.caption:
        yield Paragraph(block.caption, made[0].page)
    yield from made
    if incomplete:
        yield Table(block.header, tuple(incomplete))


def _columns(header: Sequence[str]) -> _Columns | None:
    names = ["".join(name.split()).lower() for name in header]
    question, answer, category = (_find(names, wanted) for wanted in (_QUESTION, _ANSWER, _CATEGORY))
    if question is None or answer is None:
        return None
    told = (question, answer, category)
    others = (at for at, name in enumerate(names) if at not in told and name not in _COUNTER)
    return _Columns(question, answer, category, tuple(others))


def _named(name: str, value: str) -> str:
    return f"{name}：{value}" if name.strip() else value


def _find(names: Sequence[str], wanted: set[str]) -> int | None:
    return next((place for place, name in enumerate(names) if name in wanted), None)
