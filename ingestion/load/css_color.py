"""Colours of a page: which letters are as pale as paper, and on which grounds they can be read all the same."""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass

from ingestion.load.css import Style
from ingestion.load.table_styles import carries_white

THINNEST = 0.1  # opacity: what is thinner nobody sees
_COVERING = 0.5  # opacity from which a ground hides what lies under it
_PALE = 0xF5  # of 255, in every channel
_ALIKE = 6  # of 255, in every channel: no eye tells these apart
_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_CHANNEL = r"(-?[\d.]+)(%|deg)?"
_FUNCTION = re.compile(rf"(rgb|hsl)a?\(\s*{_CHANNEL}[\s,]+{_CHANNEL}[\s,]+{_CHANNEL}(?:[\s,/]+([\d.]+)(%?))?\s*\)")
_NO_GROUND = {"none", "transparent", "initial", "inherit", "unset", "revert", "currentcolor"}
_WHITE = {"white", "snow", "ghostwhite", "mintcream", "whitesmoke"}


@dataclass(frozen=True, slots=True)
class Color:
    """Channels from 0 to 255, alpha from 0 to 1."""

    red: int
    green: int
    blue: int
    alpha: float = 1.0

    @property
    def is_white(self) -> bool:
        return min(self.red, self.green, self.blue) >= _PALE

    def is_like(self, other: Color) -> bool:
        pairs = ((self.red, other.red), (self.green, other.green), (self.blue, other.blue))
        return all(abs(one - two) <= _ALIKE for one, two in pairs)


@dataclass(frozen=True, slots=True)
class Ground:
    """color: None for a picture, or a colour that is not understood; white letters are taken to be read on both."""

    color: Color | None

    @property
    def carries_white(self) -> bool:
        color = self.color
        return color is None or carries_white(f"{color.red:02x}{color.green:02x}{color.blue:02x}")


PAPER = Ground(Color(255, 255, 255))


def rgb(value: str) -> Color | None:
    """The colour that a declaration names; None for names (navy) and spaces that are not understood."""
    value = value.strip()
    if "".join(value.split()) in _WHITE:
        return Color(255, 255, 255)
    if value in ("black", "transparent"):
        return Color(0, 0, 0, float(value == "black"))
    if found := _HEX.fullmatch(value):
        digits = found.group(1)
        wide = 1 if len(digits) < 6 else 2
        red, green, blue, *rest = (int(digits[at : at + wide] * (3 - wide), 16) for at in range(0, len(digits), wide))
        return Color(red, green, blue, rest[0] / 255 if rest else 1.0)
    if found := _FUNCTION.fullmatch(value):
        thick = float(found.group(8)) / (100 if found.group(9) else 1) if found.group(8) else 1.0
        return Color(*_channels(found), thick)
    return None


def _channels(found: re.Match[str]) -> tuple[int, int, int]:
    parts = [float(found.group(at)) for at in (2, 4, 6)]
    if found.group(1) == "hsl":
        shares = colorsys.hls_to_rgb(parts[0] % 360 / 360, parts[2] / 100, parts[1] / 100)
    else:
        red, green, blue = (part / (100 if found.group(at) else 255) for part, at in zip(parts, (3, 5, 7), strict=True))
        shares = red, green, blue
    red_of_255, green_of_255, blue_of_255 = (min(255, max(0, round(255 * part))) for part in shares)
    return red_of_255, green_of_255, blue_of_255


def ground_of(style: Style, bgcolor: str = "") -> Ground | None:
    """What an element paints behind its letters; None when what lies under it shows through."""
    if style.get("background-image", "none") not in _NO_GROUND:
        return Ground(None)
    value = style.get("background-color") or style.get("background") or bgcolor.lower()
    said = re.sub(r"\s*,\s*|\s+(?=[^(]*\))", ",", value).split()
    first = rgb(said[0]) if said else None
    if re.search(r"url\(|gradient\(", style.get("background", "")) and (first is None or "background-color" in style):
        return Ground(None)
    named = next((color for part in said if (color := rgb(part)) is not None), None)
    if named is not None:
        return Ground(named) if named.alpha >= _COVERING else None
    return None if not said or said[0] in _NO_GROUND else Ground(None)
