"""Signs of Word's symbol fonts as Unicode: a ticked box or a ≥ is part of what a form or a condition says."""

from __future__ import annotations

import re
from typing import Any

from docx.oxml.ns import qn

from ingestion.load.symbol_fonts import EMPTY, PRIVATE, TICKED, as_signs, is_symbol_font, sign

GAP = "\0"  # something that is not read stands here: figures on its two sides are two figures
_BETWEEN_FIGURES = re.compile(r"(?<=[\d.,])\0+(?=[.,]?\d)")


def symbol(element: Any) -> str:
    """What a w:sym prints; a gap for ornaments that say nothing."""
    return sign(element.get(qn("w:font")) or "", element.get(qn("w:char")) or "") or GAP


def in_unicode(text: str, font: str) -> str:
    """The text of a w:t whose signs may be those of a symbol font. font: of its Latin letters."""
    if is_symbol_font(font):
        return "".join(as_signs(letter, font) or GAP for letter in text)
    if not any(ord(letter) in PRIVATE for letter in text):
        return text
    font = font or "wingdings"
    return "".join((sign(font, f"{ord(one):x}") or GAP) if ord(one) in PRIVATE else one for one in text)


def closed(text: str) -> str:
    """The text without its gaps: a blank between figures, nothing elsewhere."""
    return _BETWEEN_FIGURES.sub(" ", text).replace(GAP, "") if GAP in text else text


def form_field(field: Any) -> str:
    """What a field of an old form (a w:fldChar) shows that stands in no text: a box, ticked or empty; the choice made.

    "" for every other field.
    """
    box = field.find(f"{qn('w:ffData')}/{qn('w:checkBox')}")
    if box is not None:
        state = box.find(qn("w:checked"))
        state = box.find(qn("w:default")) if state is None else state
        return EMPTY if state is None or state.get(qn("w:val"), "1") in ("0", "false", "off") else TICKED
    choices = field.find(f"{qn('w:ffData')}/{qn('w:ddList')}")
    if choices is None:
        return ""
    made = choices.find(qn("w:result"))
    made = choices.find(qn("w:default")) if made is None else made
    number = made.get(qn("w:val"), "0") if made is not None else "0"
    names = [name.get(qn("w:val"), "") for name in choices.iter(qn("w:listEntry"))]
    return names[int(number)] if number.isdigit() and int(number) < len(names) else ""
