"""A TrueType font made here, so that the parsing benchmark's files carry their letters as files that people send do.

A font that is named and not carried makes pdfium measure a font of the system instead, letter by letter: that cost is
the machine's, not the reader's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from io import BytesIO

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

NAME = "WendaBenchSong"
_EM = 1000
_STROKES = 9  # about as many as a common Chinese letter has


@dataclass(frozen=True, slots=True)
class CarriedFont:
    """data: the font file. glyphs: the glyph of each letter. widths: in thousandths of the size, by glyph."""

    data: bytes
    glyphs: dict[str, int]
    widths: list[int]


def carried_font(letters: str) -> CarriedFont:
    """A font with these letters, each drawn as a few strokes at random places (always the same ones)."""
    rng = random.Random(11)
    signs = sorted(set(letters))
    names = [".notdef", *(f"sign{at}" for at in range(1, len(signs) + 1))]
    widths = [_EM, *(_EM if ord(sign) >= 0x2E80 else _EM // 2 for sign in signs)]
    builder = FontBuilder(_EM, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(sign): name for sign, name in zip(signs, names[1:], strict=True)})
    builder.setupGlyf({name: _drawn(width, rng) for name, width in zip(names, widths, strict=True)})
    builder.setupHorizontalMetrics({name: (width, 0) for name, width in zip(names, widths, strict=True)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": NAME, "styleName": "Regular", "psName": NAME})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120)
    builder.setupPost()
    packed = BytesIO()
    builder.save(packed)
    return CarriedFont(packed.getvalue(), {sign: at for at, sign in enumerate(signs, 1)}, widths)


def _drawn(width: int, rng: random.Random) -> Glyph:
    pen = TTGlyphPen(None)
    for _ in range(_STROKES):
        left, bottom = rng.randrange(20, width - 120), rng.randrange(-80, 760)
        right, top = (rng.randrange(left + 60, width), bottom + 50) if rng.random() < 0.5 else (left + 50, 840)
        for at, point in enumerate(((left, bottom), (left, top), (right, top), (right, bottom))):
            (pen.lineTo if at else pen.moveTo)(point)
        pen.closePath()
    return pen.glyph()
