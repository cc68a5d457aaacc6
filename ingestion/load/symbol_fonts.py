"""Signs of symbol fonts as Unicode: in Wingdings 2 a P is a tick and a £ an empty box."""

from __future__ import annotations

PRIVATE = range(0xF000, 0xF100)  # where Office keeps the characters of symbol fonts
TICKED, CROSSED, EMPTY = "☑", "☒", "☐"
_PICTURES = ("wingdings", "wingdings 2", "wingdings 3", "webdings")  # fonts without a single letter
_FONTS = {
    "wingdings": {
        **{0xFE: TICKED, 0xFD: CROSSED, 0x78: CROSSED, 0xA8: EMPTY, 0x6F: EMPTY, 0x70: EMPTY, 0x71: EMPTY},
        **{0x72: EMPTY, 0xFC: "√", 0xFB: "×", 0x6C: "●", 0xA1: "○", 0x6E: "■", 0x75: "◆", 0xA7: "▪", 0x9F: "•"},
        **{0xE0: "→", 0xDF: "←", 0xE1: "↑", 0xE2: "↓", 0xE8: "→", 0xF0: "→", 0xD8: "➢", 0xAB: "★", 0xB5: "★"},
        **{0x28: "☎", **{0x81 + at: chr(0x2460 + at) for at in range(10)}},
        **{0x8C + at: chr(0x2776 + at) for at in range(10)},
    },
    "wingdings 2": {
        **{0x52: TICKED, 0x53: CROSSED, 0x54: CROSSED, 0xA3: EMPTY, 0x2A: EMPTY, 0x30: EMPTY, 0x50: "√"},
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


def is_symbol_font(font: str | None) -> bool:
    """True for fonts that print a sign for every letter."""
    return (font or "").strip().lower() in _PICTURES


def as_signs(text: str, font: str) -> str:
    """Text in a font that prints signs. Letters it cannot have, Chinese ones, are printed in another font."""
    return "".join(_printed(letter, font) for letter in text)


def _printed(letter: str, font: str) -> str:
    drawn = 0x20 < ord(letter) < 0x100 or ord(letter) in PRIVATE
    if not drawn:
        return letter
    return sign(font, f"{ord(letter):x}") if font.strip().lower() in _FONTS else ""


def sign(font: str, code: str) -> str:
    """What a font prints for a code (hexadecimal); "" for ornaments that say nothing."""
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    signs = _FONTS.get(font.strip().lower())
    if signs is not None and (number in PRIVATE or number < 0x100):
        return signs.get(number & 0xFF, "")
    return "" if number in PRIVATE or not 0x20 <= number < 0x10000 or 0xD800 <= number < 0xE000 else chr(number)
