"""Says where a document seems to hold somebody's personal data: what is published, customers may be quoted.

Only numbers that belong to a person count. Addresses, landlines and mailboxes of a bank's papers are mostly its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from app.knowledge.preparing import Notice
from guardrails import find_personal_data
from ingestion.blocks import Block, Clause, Heading, Item, Pair, Paragraph, Table

_NAMES: Final = {"identity": "身份证号", "card": "银行卡号", "passport": "护照号", "mobile": "手机号"}
# A mobile number of the mainland, as masked; landlines and numbers abroad are mostly a bank's own.
_MOBILE: Final = re.compile(r"1[3-9]\d\*")
_MISTYPED: Final = "[证件号]"


def personal_data_notices(blocks: Sequence[Block]) -> list[Notice]:
    """One notice at most, with counts by kind and the first one masked: the notice itself must not tell it."""
    counts: Counter[str] = Counter()
    first = ""
    for text, page in _texts(blocks):
        for found in find_personal_data(text):
            kind = found.kind
            if kind == "phone" and _MOBILE.match(found.replacement):
                kind = "mobile"
            # Eighteen digits without a right check digit: of a customer a typing error, here an organisation's code.
            if kind not in _NAMES or found.replacement == _MISTYPED:
                continue
            counts[kind] += 1
            first = first or found.replacement + (f"，第 {page} 页" if page else "")
    if not counts:
        return []
    listed = "、".join(f"{_NAMES[kind]} {count} 处" for kind, count in counts.most_common())
    title = f"文中像有个人信息：{listed}（如 {first}）。请核对能否公开；不能的，请删去后上传新版本。"
    return [Notice("personal_data", title)]


def _texts(blocks: Sequence[Block]) -> Iterator[tuple[str, int | None]]:
    for block in blocks:
        match block:
            case Heading() | Paragraph() | Item():
                yield block.text, block.page
            case Clause():
                for part in block.parts:
                    yield part, block.page
            case Pair():
                yield f"{block.category}\n{block.question}\n{block.answer}", block.page
            case Table():
                yield "；".join((block.caption, *dict.fromkeys(block.header))), None
                for row in block.rows:
                    yield "；".join(_cells(block.header, row.cells)), row.page


def _cells(header: Sequence[str], cells: Sequence[str]) -> Iterator[str]:
    """A merged cell once. Only of a passport the column has to say that it is one."""
    for cell, name in {cell: name for name, cell in zip(header, cells, strict=True)}.items():
        yield f"护照号：{cell}" if "护照" in name else cell
