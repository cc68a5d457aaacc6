"""What a page prints before the items of its lists: 1. to 9., the letter or Roman number it asks for, a dash."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from ingestion.load.numerals import spelled

_FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_WHOLE = re.compile(r"\s*(-?\d{1,9})\s*")


def list_markers(element: HtmlElement, items: Sequence[HtmlElement]) -> Iterator[str]:
    """element: an ol or ul; items: those of its items that are shown."""
    if element.tag != "ol":
        yield from ("- " for _ in items)
        return
    backwards = element.get("reversed") is not None
    number = _whole(element.get("start"), len(items) if backwards else 1)
    for item in items:
        number = _whole(item.get("value"), number)
        form = _FORMS.get(item.get("type") or element.get("type") or "", "decimal")
        yield f"{spelled(number, form) if number > 0 else number}. "
        number += -1 if backwards else 1


def _whole(value: str | None, default: int) -> int:
    found = _WHOLE.fullmatch(value) if value is not None else None
    return int(found.group(1)) if found else default
