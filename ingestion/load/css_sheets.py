"""The rules of a style sheet, nested ones unfolded, without those whose media query does not hold at a desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingestion.load.css_media import applies
from ingestion.load.css_selectors import parted

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)  # Word writes a sheet as the comment of a page
_URL = re.compile(r"url\(\s*(?:\"[^\"]*\"|'[^']*'|[^)]*)\)", re.IGNORECASE)  # data:…;base64 would end a declaration
_MARK = re.compile(r"[{};]|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_QUERY = re.compile(r"@(?:media|container)\b", re.IGNORECASE)
_THROUGH = re.compile(r"@(?:supports(?!\s*not)|layer|scope|starting-style|document)\b", re.IGNORECASE)
_LONGEST = 2_000  # characters of the selector of a nested rule


@dataclass(slots=True)
class _Open:
    """A block that is being read. selector: of the rule it belongs to, "" for the sheet itself."""

    selector: str
    holds: bool
    declared: list[str] = field(default_factory=list)


def plain(text: str) -> str:
    """Without comments and addresses."""
    text = _COMMENT.sub("", text) if "/*" in text or "--" in text else text
    return _URL.sub("url()", text) if "(" in text else text


def rules(sheet: str) -> Iterator[tuple[str, str]]:
    """(selectors, declarations) of each rule that holds, in the order of the sheet."""
    sheet = plain(sheet)
    blocks = [_Open("", True)]
    stack = blocks[:]
    start = 0
    for found in _MARK.finditer(sheet):
        sign = found.group()
        if sign not in "{};":
            continue
        said = sheet[start : found.start()].strip()
        start = found.end()
        if sign == "{":
            stack.append(_opened(said, stack[-1]))
            blocks.append(stack[-1])
            continue
        stack[-1].declared.append(said)
        if sign == "}" and len(stack) > 1:
            stack.pop()
    stack[-1].declared.append(sheet[start:])  # a browser closes what a sheet leaves open
    for block in blocks:
        if block.holds and block.selector and (declared := ";".join(filter(None, block.declared))):
            yield block.selector, declared


def _opened(prelude: str, around: _Open) -> _Open:
    if query := _QUERY.match(prelude):
        return _Open(around.selector, around.holds and applies(prelude[query.end() :]))
    if prelude.startswith("@"):
        return _Open(around.selector, around.holds and _THROUGH.match(prelude) is not None)
    if not around.selector:
        return _Open(prelude, around.holds)
    outer = f":is({around.selector})"
    inner = (one.replace("&", outer) if "&" in one else f"{outer} {one}" for one in parted(prelude))
    selector = ",".join(inner)
    return _Open(selector, around.holds and len(selector) <= _LONGEST)
