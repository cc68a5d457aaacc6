"""Rows of a table's grid that name no columns and hold no values: its unit, its date, who drew it up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_MOST_TEXTS = 3
_ABOUT = r"(?:单位|币种|编制|填报|制表|日期|生效|截至|数据)[^：:（(]{0,8}|[^：:（(]{0,6}(?:日期|单位|时间)"
_SAID = re.compile(rf"(?:{_ABOUT})[：:]\s*\S.*", re.DOTALL)
_ALONE = re.compile(rf"(?:{_ABOUT})[：:]?")
_DATE = re.compile(r"(?:19|20)\d\d\s*[年./-]\s*\d{1,2}")
_AMOUNT = re.compile(r"[-+(（¥￥$]?\d[\d,.]*\s*(?:%|‰|[万亿]?元?)[)）]?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SIGNED = re.compile(r"[^：:\d]{2,8}[：:][^：:]*")
_SIGNS = re.compile(r"(?:制表|填表|编制|填报|经办|审核|复核|审批|负责|主管|签发)[^：:]{0,4}[：:]")


def is_about_table(row: Sequence[str], below: Sequence[str]) -> bool:
    """编制：甲部门 | | 单位：万元 above the names of more columns: a line of the caption laid out in the grid."""
    texts, names = _texts(row), _texts(below)
    if not 0 < len(texts) <= _MOST_TEXTS or len(names) <= len(texts) or set(texts) & set(names):
        return False
    if any(_AMOUNT.fullmatch(name) and not _YEAR.fullmatch(name) for name in names):
        return False  # values: then this row names their columns, 单位：万元 among them
    # Without a gap 成立日期 | 2026年7月1日 is the first pair of a sheet of names and values.
    dated = "" in row and any(_ALONE.fullmatch(text) and _DATE.match(after) for text, after in pairwise(texts))
    return dated or any(map(_SAID.fullmatch, texts))


def is_signature(row: Sequence[str]) -> bool:
    """制表：张三 | | 审核：李四 below the values."""
    texts = _texts(row)
    return 1 < len(texts) < len(row) and all(map(_SIGNED.fullmatch, texts)) and any(map(_SIGNS.match, texts))


def as_line(row: Sequence[str]) -> str:
    """The row's words, what is merged over several columns once."""
    return "　".join(_texts(row))


def _texts(row: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, row)))
