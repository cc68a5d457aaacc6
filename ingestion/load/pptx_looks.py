"""How the letters of a slide look: what a run does not say itself, its shape's lists or its layout say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn

from ingestion.load.symbol_fonts import PRIVATE, as_signs, is_symbol_font

_FILLS = tuple(qn(f"a:{kind}") for kind in ("noFill", "solidFill", "gradFill", "blipFill", "pattFill", "grpFill"))


def lists_of(shape: Any) -> list[Any]:
    """The a:lstStyle of a shape and of the placeholders it follows, the nearest first."""
    found: list[Any] = []
    while shape is not None and len(found) < 3:
        own = shape._element.find(f"{qn('p:txBody')}/{qn('a:lstStyle')}")
        found.append(own)
        shape = getattr(shape, "_base_placeholder", None)
    return [own for own in found if own is not None and len(own)]


def look_of(look: Any, level: int, lists: Sequence[Any]) -> Any:
    """The a:rPr of a run (or None) with the size and the colour that its lists give it."""
    defaults = [
        found for own in lists if (found := own.find(f"{qn(f'a:lvl{level + 1}pPr')}/{qn('a:defRPr')}")) is not None
    ]
    if not defaults:
        return look
    whole = deepcopy(look) if look is not None else parse_xml(f"<a:rPr {nsdecls('a')}/>")
    for default in defaults:
        if whole.get("sz") is None and default.get("sz") is not None:
            whole.set("sz", default.get("sz"))
        fill = _fill(default)
        if fill is not None and _fill(whole) is None:
            whole.append(deepcopy(fill))
    return whole


def is_shrunk_away(frame: Any) -> bool:
    """The letters of a text frame are shown below a tenth of their size."""
    fit = frame._txBody.find(f"{qn('a:bodyPr')}/{qn('a:normAutofit')}")
    return fit is not None and bool(re.fullmatch(r"\d{1,4}|\d(?:\.\d+)?%", fit.get("fontScale") or ""))


def is_drowned(look: Any, fill: Any) -> bool:
    """The letters have the very colour of the fill (a:solidFill or None) they stand on."""
    own = look.find(qn("a:solidFill")) if look is not None else None
    return own is not None and fill is not None and _said(own) == _said(fill) != []


def as_shown(text: str, look: Any) -> str:
    """Text in a symbol font as the signs it shows."""
    if look is None:
        return text
    named = {kind: look.find(qn(f"a:{kind}")) for kind in ("latin", "sym")}
    latin, sym = (found.get("typeface") if found is not None else None for found in named.values())
    if is_symbol_font(latin):
        return as_signs(text, latin or "")
    if is_symbol_font(sym):  # of special characters only: a name for other letters may be left over from before
        return "".join(as_signs(one, sym or "") if ord(one) in PRIVATE else one for one in text)
    return text


def _fill(look: Any) -> Any:
    return next((child for child in look if child.tag in _FILLS), None)


def _said(fill: Any) -> list[Any]:
    return [(part.tag, (part.get("val") or "").upper()) for part in fill.iterdescendants()]
