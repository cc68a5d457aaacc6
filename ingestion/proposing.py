"""What a document says about itself: title, kind, product code, risk level, validity. People confirm it.

A person's word (form, manifest) always wins; whatever was read from the text instead is announced with a notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath
from typing import TypeVar

from app.knowledge.passage import Kind
from app.knowledge.preparing import Metadata, Notice
from ingestion.blocks import Block, Clause, Heading, Item, Loaded, Pair, Paragraph, Table
from ingestion.tables import rows_as_text

_T = TypeVar("_T")
_DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_DAY = (
    r"(?:(?P<y>\d{4})\s*[年\-/.]\s*(?P<m>\d{1,2})\s*[月\-/.]\s*(?P<d>\d{1,2})\s*日?"
    r"|(?P<cy>[〇零○一二三四五六七八九]{4})年(?P<cm>[一二三四五六七八九十]{1,3})月(?P<cd>[一二三四五六七八九十]{1,3})日)"
)
_FROM = (
    re.compile(rf"自\s*{_DAY}\s*起\s*(?:正式)?(?:施行|生效|实施|执行|启用)"),
    re.compile(rf"(?:版本)?(?:生效|施行|实施|执行|启用)(?:日期|时间|日)\s*[:：]\s*{_DAY}"),
)
_UNTIL = (re.compile(rf"(?:有效期(?:限)?(?:至|到|截至)|失效(?:日期|日)\s*[:：]|废止(?:日期|日)\s*[:：])\s*{_DAY}"),)
_CODE = re.compile(
    r"(?:产品编号|(?:产品|理财|基金|保险|存款)?(?:代码|编码))\s*[:：]\s*(?P<code>[A-Z][A-Z0-9-]*\d[A-Z0-9-]*)"
)
_LEVEL = re.compile(r"风险(?:等级|评级|级别|水平)\s*(?:为|是)?\s*[:：]?\s*(?P<level>R[1-5])(?![\d\w])")
_REGULATION = re.compile(
    r"(?:办法|规定|条例|指引|细则|通知|意见|准则|法|新规|规则|制度)(?:（[^）]*）|\([^)]*\))?(?:要点|摘要|解读|概要|节选)?$"
)
_CITATION = re.compile(r"《[^》]{2,40}(?:办法|规定|条例|指引|细则|通知|意见|准则|法|制度)[^》]{0,8}》")
_READ = 20_000  # characters of the text that are looked at
_LONGEST_TITLE = 60


def propose(path: str, loaded: Loaded, blocks: Sequence[Block], said: Metadata) -> tuple[Metadata, tuple[Notice, ...]]:
    """said, with its gaps filled where the text leaves no doubt, and a notice for each gap filled."""
    text = _beginning(blocks)
    title = said.title or _title(path, loaded, blocks)
    kind = said.kind or _kind(title, blocks)
    full = replace(said, title=title, kind=kind)
    notices: list[Notice] = []
    if kind == "product":
        code = _only(found.group("code") for found in _CODE.finditer(text))
        level = _only(found.group("level") for found in _LEVEL.finditer(text))
        if _open(said, "product_code") and code:
            full = replace(full, product_code=code)
            notices.append(Notice("proposed_product_code", f"产品代码 {code} 由正文读出，请确认。"))
        if _open(said, "risk_level") and level:
            full = replace(full, risk_level=level)
            notices.append(Notice("proposed_risk_level", f"风险等级 {level} 由正文读出，请确认。"))
        elif said.risk_level and level and said.risk_level != level:
            differs = f"填写的风险等级是 {said.risk_level}，正文写的是 {level}，请核对。"
            notices.append(Notice("risk_level_differs", differs))
    if _open(said, "valid_from") and (start := _only(_days(_FROM, text))):
        full = replace(full, valid_from=start)
        notices.append(Notice("proposed_valid_from", f"生效日期 {start.isoformat()} 由正文读出，请确认。"))
    end = _only(_days(_UNTIL, text))
    if _open(said, "valid_to") and end and (full.valid_from is None or end >= full.valid_from):
        full = replace(full, valid_to=end)
        notices.append(Notice("proposed_valid_to", f"失效日期 {end.isoformat()} 由正文读出，请确认。"))
    return full, tuple(notices)


def _beginning(blocks: Iterable[Block]) -> str:
    """The first _READ characters: no more is gathered of a long document."""
    held: list[str] = []
    size = 0
    for text in _texts(blocks):
        held.append(text)
        size += len(text) + 1
        if size > _READ:
            break
    return "\n".join(held)[:_READ]


def _open(said: Metadata, name: str) -> bool:
    """Nobody has said what it is, nor that there is none."""
    return getattr(said, name) is None and name not in said.left_empty


def _title(path: str, loaded: Loaded, blocks: Sequence[Block]) -> str:
    first = next((block for block in blocks if isinstance(block, Heading)), None)
    if loaded.in_parts:
        first = None
    if first is not None and (first is blocks[0] or first.level == 1) and len(first.text) <= _LONGEST_TITLE:
        return first.text
    if loaded.title and len(loaded.title) <= _LONGEST_TITLE:
        return loaded.title
    return PurePosixPath(path.replace("\\", "/")).stem


def _kind(title: str, blocks: Sequence[Block]) -> Kind:
    pairs = sum(isinstance(block, Pair) for block in blocks)
    if pairs and pairs * 2 >= len(blocks):
        return "faq"
    if _REGULATION.search(title.strip("《》 ")):
        return "regulation"
    opening = "".join(_texts(blocks[:5]))
    return "regulation" if _CITATION.search(opening) and not _CODE.search(opening) else "product"


def _texts(blocks: Iterable[Block]) -> Iterable[str]:
    for block in blocks:
        match block:
            case Heading() | Paragraph() | Item():
                yield block.text
            case Clause():
                yield from block.parts
            case Table():
                yield from ("；".join(cells) for cells in rows_as_text(block))
            case Pair():
                pass  # an answer speaks of many products and days, none of them the document's own


def _only(found: Iterable[_T]) -> _T | None:
    """The one value that all finds agree on."""
    values = set(found)
    return values.pop() if len(values) == 1 else None


def _days(patterns: Iterable[re.Pattern[str]], text: str) -> Iterable[date]:
    for pattern in patterns:
        for found in pattern.finditer(text):
            if (day := _day(found)) is not None:
                yield day


def _day(found: re.Match[str]) -> date | None:
    try:
        if found["y"]:
            return date(int(found["y"]), int(found["m"]), int(found["d"]))
        year = int("".join(str(_DIGITS[sign]) for sign in found["cy"]))
        return date(year, _spoken(found["cm"]), _spoken(found["cd"]))
    except (ValueError, KeyError):
        return None


def _spoken(numeral: str) -> int:
    """十 = 10, 十二 = 12, 二十 = 20, 三十一 = 31."""
    tens, ten, ones = numeral.rpartition("十")
    return (_DIGITS[tens] if tens else 1) * 10 * bool(ten) + (_DIGITS[ones] if ones else 0)
