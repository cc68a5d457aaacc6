"""Colours of a Word document as RRGGBB: written out, or named after the theme, whose colour Word shows then."""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls
from typing import Any

from docx.oxml.ns import qn

from ingestion.load.table_styles import carries_white

PAPER = "ffffff"
UNKNOWN = ""  # a ground such as a picture: letters of every colour are taken to be read on it
_ALIKE = 16  # of 255, in every channel: nobody reads such letters on such a ground
_PALE = 0xF5
_BRIGHT = 128  # between the channels: white can be made out on the yellow of a marker pen, pale as that is
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_HEX = re.compile(r"[0-9a-f]{6}")
_NAMES = {
    **{"dk1": ("dark1", "text1", "tx1"), "lt1": ("light1", "background1", "bg1"), "dk2": ("dark2", "text2", "tx2")},
    **{"lt2": ("light2", "background2", "bg2"), "hlink": ("hyperlink",), "folHlink": ("followedHyperlink",)},
}
_HIGHLIGHTS = {
    **{"black": "000000", "blue": "0000ff", "cyan": "00ffff", "darkBlue": "000080", "darkCyan": "008080"},
    **{"darkGray": "808080", "darkGreen": "008000", "darkMagenta": "800080", "darkRed": "800000"},
    **{"darkYellow": "808000", "green": "00ff00", "lightGray": "c0c0c0", "magenta": "ff00ff", "red": "ff0000"},
    **{"white": "ffffff", "yellow": "ffff00"},
}


class Theme:
    """root: the theme part, None where the file has none."""

    def __init__(self, root: Any = None) -> None:
        self._colors = {"dk1": "000000", "lt1": PAPER}
        scheme = next(root.iter(f"{_DRAWING}clrScheme"), None) if root is not None else None
        for named in scheme if scheme is not None else ():
            for color in named:
                value = (color.get("lastClr") or color.get("val") or "").lower()
                if isinstance(named.tag, str) and _HEX.fullmatch(value):
                    self._colors[named.tag.removeprefix(_DRAWING)] = value
        for name, others in _NAMES.items():
            if name in self._colors:
                self._colors.update(dict.fromkeys(others, self._colors[name]))

    def of(self, element: Any, value: str = "val", theme: str = "themeColor", change: str = "theme") -> str:
        """The colour of a w:color or w:shd, "" where it is automatic. The other names: those of its attributes."""
        written = (element.get(qn(f"w:{value}")) or "auto").lower()
        color = self._colors.get(element.get(qn(f"w:{theme}")) or "")
        if color is None:
            return written if _HEX.fullmatch(written) else ""
        tint, shade = (element.get(qn(f"w:{change}{name}")) or "" for name in ("Tint", "Shade"))
        if re.fullmatch(r"[0-9a-fA-F]{1,2}", tint):
            share = int(tint, 16) / 255
            return _lightened(color, share, 1 - share)
        if re.fullmatch(r"[0-9a-fA-F]{1,2}", shade):
            return _lightened(color, int(shade, 16) / 255, 0)
        return color

    def drawn(self, fill: Any) -> str:
        """The colour inside a fill of a drawing or of Word 2010's letters; UNKNOWN where it is not understood."""
        for color in fill.iter():
            named = str(color.tag).rpartition("}")
            value = _attribute(color, "val")
            if named[2] == "srgbClr" and _HEX.fullmatch(value.lower()):
                return value.lower()
            if named[2] == "sysClr" and _HEX.fullmatch(last := (color.get("lastClr") or "").lower()):
                return last
            if named[2] == "schemeClr":
                mod, off = (color.find(f"{named[0]}}}{name}") for name in ("lumMod", "lumOff"))
                known = self._colors.get(value, UNKNOWN)
                return _lightened(known, _share(mod, 1), _share(off, 0)) if known else UNKNOWN
        return UNKNOWN


def highlight(properties: Any) -> str | None:
    """The ground of a marker pen, None without one."""
    pen = properties.find(qn("w:highlight"))
    return _HIGHLIGHTS.get(pen.get(qn("w:val")) or "") if pen is not None else None


def is_unseen(color: str, ground: str) -> bool:
    """True for letters nobody reads on this ground."""
    if not _HEX.fullmatch(color.lower()) or ground == UNKNOWN:
        return False
    letters, under = _channels(color), _channels(ground)
    if min(letters) >= _PALE:
        return not carries_white(ground) and max(under) - min(under) < _BRIGHT
    return all(abs(one - other) <= _ALIKE for one, other in zip(letters, under, strict=True))


def mixed(color: str, ground: str, share: int) -> str:
    """share: percent of the colour over the ground."""
    pairs = zip(_channels(color), _channels(ground), strict=True)
    return "".join(f"{(over * share + under * (100 - share)) // 100:02x}" for over, under in pairs)


def transparency(fill: Any) -> float:
    """What the alpha of a colour says, from 0 to 1: of drawings how thick it is, of letters how thin; -1 without."""
    alpha = next((one for one in fill.iter() if str(one.tag).endswith("}alpha")), None)
    return _share(alpha, -1)


def _lightened(color: str, times: float, plus: float) -> str:
    hue, light, full = rgb_to_hls(*(part / 255 for part in _channels(color)))
    parts = hls_to_rgb(hue, min(1.0, light * times + plus), full)
    return "".join(f"{round(part * 255):02x}" for part in parts)


def _channels(color: str) -> tuple[int, ...]:
    return tuple(int(color[at : at + 2], 16) for at in (0, 2, 4))


def _attribute(element: Any, name: str) -> str:
    """Its value, whatever namespace it stands in."""
    return next((str(value) for key, value in element.items() if key.rpartition("}")[2] == name), "")


def _share(element: Any, otherwise: float) -> float:
    value = _attribute(element, "val") if element is not None else ""
    return int(value) / 100_000 if re.fullmatch(r"\d{1,7}", value) else otherwise
