"""Signs of Word's symbol fonts as Unicode: a ticked box or a ≥ is part of what a form or a condition says."""

from __future__ import annotations

from typing import Any

from docx.oxml.ns import qn

_PRIVATE = range(0xF000, 0xF100)  # where Word keeps the characters of symbol fonts
_TICKED, _CROSSED, _EMPTY = "☑", "☒", "☐"
_FONTS = {
    "wingdings": {
        **{0xFE: _TICKED, 0xFD: _CROSSED, 0x78: _CROSSED, 0xA8: _EMPTY, 0x6F: _EMPTY, 0x70: _EMPTY, 0x71: _EMPTY},
        **{0x72: _EMPTY, 0xFC: "√", 0xFB: "×", 0x6C: "●", 0xA1: "○", 0x6E: "■", 0x75: "◆", 0xA7: "▪", 0x9F: "•"},
        **{0xE0: "→", 0xDF: "←", 0xE1: "↑", 0xE2: "↓", 0xE8: "→", 0xF0: "→", 0xD8: "➢", 0xAB: "★", 0xB5: "★"},
        **{0x28: "☎", **{0x81 + at: chr(0x2460 + at) for at in range(10)}},
        **{0x8C + at: chr(0x2776 + at) for at in range(10)},
    },
    "wingdings 2": {
        **{0x52: _TICKED, 0x53: _CROSSED, 0x54: _CROSSED, 0xA3: _EMPTY, 0x2A: _EMPTY, 0x30: _EMPTY, 0x50: "√"},
        **{0x4F: "×", 0x51: "×", 0x98: "●", 0x99: "○", 0xA2: "■"},
        **{0x6A + at: chr(0x2460 + at) for at in range(10)},
    },
    "symbol": {
        **{at: chr(at) for at in (*range(0x28, 0x40), 0x20, 0x21, 0x23, 0x25, 0x26, 0x5B, 0x5D, 0x5F)},
        **{0xB0: "°", 0xB1: "±", 0xB2: "″", 0xB3: "≥", 0xB4: "×", 0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBA: "≡"},
        **{
            0xBB: "≈",
            0xA2: "′",
            0xA3: "≤",
            0xA5: "∞",
            0xD6: "√",
            0xD7: "·",
            0xE5: "∑",
            0x2D: "-",
            0xAE: "→",
            0xAC: "←",
        },
        **{
            0x61: "α",
            0x62: "β",
            0x67: "γ",
            0x64: "δ",
            0x6C: "λ",
            0x6D: "μ",
            0x70: "π",
            0x72: "ρ",
            0x73: "σ",
            0x44: "Δ",
        },
        **{0x53: "Σ", 0x57: "Ω", 0x71: "θ"},
    },
}


def symbol(element: Any) -> str:
    """What a w:sym prints; "" for ornaments that say nothing."""
    return _sign(element.get(qn("w:font")) or "", element.get(qn("w:char")) or "")


def in_unicode(text: str, run: Any) -> str:
    """The text of a w:t whose signs may be those of a symbol font. run: the w:r around it."""
    if not any(ord(letter) in _PRIVATE for letter in text):
        return text
    fonts = run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")
    named = [fonts.get(qn(f"w:{kind}")) for kind in ("ascii", "hAnsi")] if fonts is not None else []
    font = next(filter(None, named), "wingdings")
    return "".join(_sign(font, f"{ord(one):x}") if ord(one) in _PRIVATE else one for one in text)


def form_field(field: Any) -> str:
    """What a field of an old form (a w:fldChar) shows that stands in no text: a box, ticked or empty; the choice made.

    "" for every other field.
    """
    box = field.find(f"{qn('w:ffData')}/{qn('w:checkBox')}")
    if box is not None:
        state = box.find(qn("w:checked"))
        state = box.find(qn("w:default")) if state is None else state
        return _EMPTY if state is None or state.get(qn("w:val"), "1") in ("0", "false", "off") else _TICKED
    choices = field.find(f"{qn('w:ffData')}/{qn('w:ddList')}")
    if choices is None:
        return ""
    made = choices.find(qn("w:result"))
    made = choices.find(qn("w:default")) if made is None else made
    number = made.get(qn("w:val"), "0") if made is not None else "0"
    names = [name.get(qn("w:val"), "") for name in choices.iter(qn("w:listEntry"))]
    return names[int(number)] if number.isdigit() and int(number) < len(names) else ""


def _sign(font: str, code: str) -> str:
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    signs = _FONTS.get(font.strip().lower())
    if signs is not None and (number in _PRIVATE or number < 0x100):
        return signs.get(number & 0xFF, "")
    return "" if number in _PRIVATE or not 0x20 <= number < 0x10000 or 0xD800 <= number < 0xE000 else chr(number)
