"""What Word's styles make of a run or paragraph: hidden or not, heading level, numbering.

Styles inherit from one another; a direct property beats the style's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from docx.oxml.ns import qn

from ingestion.load.docx_ground import is_painted, table_style
from ingestion.load.table_styles import TableStyle

_SMALLEST_HALF_POINTS = 4
_HEADING_NAME = re.compile(r"(?:heading|标题)\s*([1-9])$", re.IGNORECASE)
_CONTENTS_NAME = re.compile(r"(?:toc|目录)\s*(?:\d|heading|标题)", re.IGNORECASE)
_DEFAULTS = "/".join(qn(name) for name in ("w:docDefaults", "w:rPrDefault", "w:rPr"))
_WORD_2010 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_OFF = ("0", "false", "off", "none")


@dataclass(frozen=True, slots=True)
class Properties:
    """level: heading level from 1, 0 = body text said so. grounded: on a coloured ground. raised: superscript.

    struck: a line through the letters, as people cross out an old fee.
    number_id, depth: the list and the level in it (numId, ilvl), which styles may give apart from each other.
    numbered_by: the style that names the list; without a depth the list itself says which of its levels that style is.
    """

    vanish: bool | None = None
    struck: bool | None = None
    color: str | None = None
    half_points: int | None = None
    grounded: bool | None = None
    level: int | None = None
    number_id: str | None = None
    depth: int | None = None
    numbered_by: str = ""
    raised: bool | None = None
    name: str = ""

    def over(self, other: Properties) -> Properties:
        """These properties on top of another's."""
        return Properties(
            vanish=self.vanish if self.vanish is not None else other.vanish,
            struck=self.struck if self.struck is not None else other.struck,
            color=self.color if self.color is not None else other.color,
            half_points=self.half_points if self.half_points is not None else other.half_points,
            grounded=self.grounded if self.grounded is not None else other.grounded,
            level=self.level if self.level is not None else other.level,
            number_id=self.number_id if self.number_id is not None else other.number_id,
            depth=self.depth if self.depth is not None or self.number_id is not None else other.depth,
            numbered_by=self.numbered_by if self.number_id is not None else other.numbered_by,
            raised=self.raised if self.raised is not None else other.raised,
            name=self.name or other.name,
        )

    @property
    def hidden(self) -> bool:
        if self.vanish or (self.half_points is not None and self.half_points <= _SMALLEST_HALF_POINTS):
            return True
        return self.color is not None and _is_white(self.color) and not self.grounded

    @property
    def is_contents(self) -> bool:
        return bool(_CONTENTS_NAME.match(self.name))

    @property
    def is_title(self) -> bool:
        return self.name.lower() == "title" or self.name == "标题"


NOTHING = Properties()


class Look:
    """styles: the w:styles element (None when the file has none)."""

    def __init__(self, styles: Any) -> None:
        self._elements = {} if styles is None else {s.get(qn("w:styleId")): s for s in styles.iter(qn("w:style"))}
        self._resolved: dict[str, Properties] = {}
        self._defaults = NOTHING
        self._paragraph_default = ""
        for style in self._elements.values():
            if style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) in ("1", "true"):
                self._paragraph_default = style.get(qn("w:styleId")) or ""
        default = None if styles is None else styles.find(_DEFAULTS)
        if default is not None:
            self._defaults = _direct(default, None)

    def of_paragraph(self, paragraph: Any) -> Properties:
        direct = paragraph.find(qn("w:pPr"))
        style = _value(direct, "w:pStyle") or self._paragraph_default
        return _direct(None, direct).over(self._of_style(style)).over(self._defaults)

    def of_run(self, run: Any, paragraph: Properties) -> Properties:
        direct = run.find(qn("w:rPr"))
        if direct is None:
            return paragraph
        own = _direct(direct, None)
        if style := _value(direct, "w:rStyle"):
            own = own.over(self._of_style(style))
        return own.over(paragraph)

    def strikes(self, paragraph: Any, look: Properties) -> bool:
        """True when some of its letters are struck through."""
        return any(self.of_run(run, look).struck for run in paragraph.iterchildren(qn("w:r")))

    def table_style(self, table: Any, headers: int) -> TableStyle:
        """What the table's style paints. headers: leading rows marked as such."""
        return table_style(table, self._elements, headers)

    def _of_style(self, style_id: str) -> Properties:
        if style_id not in self._resolved:
            self._resolved[style_id] = NOTHING  # a style based on itself ends here
            element = self._elements.get(style_id)
            if element is not None:
                own = _direct(element.find(qn("w:rPr")), element.find(qn("w:pPr")))
                name = _value(element, "w:name") or ""
                if own.level is None and (found := _HEADING_NAME.match(name)):
                    own = replace(own, level=int(found.group(1)))
                if own.number_id is not None:
                    own = replace(own, numbered_by=style_id)
                based_on = _value(element, "w:basedOn")
                inherited = self._of_style(based_on) if based_on else NOTHING
                self._resolved[style_id] = replace(own.over(inherited), name=name)
        return self._resolved[style_id]


def _direct(run: Any, paragraph: Any) -> Properties:
    found = NOTHING
    if run is not None:
        size = _value(run, "w:sz")
        place = _value(run, "w:vertAlign")
        lines = [_is_on(run, "w:strike"), _is_on(run, "w:dstrike")]
        painted = is_painted(run) or (_value(run, "w:highlight") or "none") not in ("none", "white")
        found = Properties(
            vanish=True if _is_unfilled(run) else _is_on(run, "w:vanish"),
            struck=None if lines == [None, None] else True in lines,
            color=_color(run),
            half_points=int(float(size)) if size and re.fullmatch(r"\d+(\.\d+)?", size) else None,
            grounded=True if painted else None,
            raised=None if place is None else place == "superscript",
        )
    if paragraph is not None:
        outline = _value(paragraph, "w:outlineLvl")
        number = paragraph.find(qn("w:numPr"))
        depth = _value(number, "w:ilvl")
        level = None
        if outline is not None and outline.isdigit():
            level = int(outline) + 1 if int(outline) < 9 else 0
        painted = is_painted(paragraph)
        found = replace(
            found,
            level=level,
            number_id=_value(number, "w:numId"),
            depth=int(depth) if depth is not None and depth.isdigit() else None,
            grounded=True if painted else found.grounded,
        )
    return found


def _color(run: Any) -> str | None:
    """The colour as written; where none is, a background of the theme is white."""
    color = run.find(qn("w:color"))
    written = _value(run, "w:color")
    if color is None or (written or "auto") != "auto" or color.get(qn("w:themeShade")) is not None:
        return written
    return "ffffff" if color.get(qn("w:themeColor")) in ("background1", "light1") else written


def _is_unfilled(run: Any) -> bool:
    """Letters without a fill, and no line around them either."""
    fill, line = (run.find(f"{_WORD_2010}{name}") for name in ("textFill", "textOutline"))
    if fill is None or fill.find(f"{_WORD_2010}noFill") is None:
        return False
    return line is None or line.find(f"{_WORD_2010}noFill") is not None or len(line) == 0


def _is_on(run: Any, name: str) -> bool | None:
    """None: the property does not stand here."""
    switch = run.find(qn(name))
    return None if switch is None else switch.get(qn("w:val"), "1").lower() not in _OFF


def _value(element: Any, name: str) -> str | None:
    child = element.find(qn(name)) if element is not None else None
    value = child.get(qn("w:val")) if child is not None else None
    return str(value) if value is not None else None


def _is_white(color: str) -> bool:
    return bool(re.fullmatch(r"(?:f[5-9a-f]){3}", color.lower()))
