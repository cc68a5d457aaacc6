"""What Word's styles make of a run or paragraph: hidden or not, heading level, numbering.

Styles inherit from one another; a direct property beats the style's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import Any

from docx.oxml.ns import qn

from ingestion.load.docx_color import Theme, highlight, is_unseen, transparency
from ingestion.load.docx_ground import TableLook, shade, table_look

_SMALLEST_HALF_POINTS = 4
_USUAL_HALF_POINTS = 20
_NARROWEST = 5  # percent of the letters' width
_HEADING_NAME = re.compile(r"(?:heading|标题)\s*([1-9])$", re.IGNORECASE)
_CONTENTS_NAME = re.compile(r"(?:toc|目录)\s*(?:\d|heading|标题)", re.IGNORECASE)
_DEFAULTS = "/".join(qn(name) for name in ("w:docDefaults", "w:rPrDefault", "w:rPr"))
_WORD_2010 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_THINNEST = 0.9  # Word 2010 counts how much its letters let through
_OFF = ("0", "false", "off", "none")


@dataclass(frozen=True, slots=True)
class Properties:
    """level: heading level from 1, 0 = body text said so. ground: the colour right behind the letters.

    raised, lowered: superscript, subscript. position: half points above the line. squeezed: letters without a width.
    pull: twentieths of a point by which letters stand nearer to each other. font: of Latin letters.
    struck: a line through the letters, as people cross out an old fee.
    number_id, depth: the list and the level in it (numId, ilvl), which styles may give apart from each other.
    numbered_by: the style that names the list; without a depth the list itself says which of its levels that style is.
    """

    vanish: bool | None = None
    struck: bool | None = None
    color: str | None = None
    half_points: int | None = None
    ground: str | None = None
    level: int | None = None
    number_id: str | None = None
    depth: int | None = None
    numbered_by: str | None = None
    raised: bool | None = None
    lowered: bool | None = None
    position: int | None = None
    squeezed: bool | None = None
    pull: int | None = None
    font: str | None = None
    name: str = ""

    def over(self, other: Properties) -> Properties:
        """These properties on top of another's."""
        if self is NOTHING or other is NOTHING:
            return other if self is NOTHING else self
        said = {name: value for name in _NAMES if (value := getattr(self, name)) is not None}
        if self.number_id is not None:
            said |= {"depth": self.depth, "numbered_by": self.numbered_by}
        return replace(other, **said, name=self.name or other.name)

    def is_hidden(self, ground: str) -> bool:
        """ground: the colour behind the paragraph, where neither it nor the run has one of its own."""
        if self.takes_no_place or self.squeezed or self.overlaps:
            return True
        return self.color is not None and is_unseen(self.color, self.ground if self.ground is not None else ground)

    @property
    def takes_no_place(self) -> bool:
        """Hidden, or too small to be seen: what stands on the two sides of it stands together."""
        return bool(self.vanish) or (self.half_points is not None and self.half_points <= _SMALLEST_HALF_POINTS)

    @property
    def overlaps(self) -> bool:
        """The letters stand on each other."""
        size = self.half_points if self.half_points is not None else _USUAL_HALF_POINTS
        return self.pull is not None and self.pull >= 9 * size

    def stands(self, around: Properties) -> int:
        """1 above the line of the letters around, -1 below it, 0 on it: small letters moved by hand among them."""
        if self.raised or self.lowered:
            return 1 if self.raised else -1
        usual = around.half_points if around.half_points is not None else _USUAL_HALF_POINTS
        if not self.position or self.half_points is None or self.half_points >= usual:
            return 0
        return 1 if self.position > 0 else -1

    @property
    def is_contents(self) -> bool:
        return bool(_CONTENTS_NAME.match(self.name))

    @property
    def is_title(self) -> bool:
        return self.name.lower() == "title" or self.name == "标题"


NOTHING = Properties()
_NAMES = [one.name for one in fields(Properties) if one.name != "name"]


class Look:
    """styles: the w:styles element, theme: that of a:theme (None when the file has none)."""

    def __init__(self, styles: Any, theme: Any = None) -> None:
        self.theme = Theme(theme)
        self._elements = {} if styles is None else {s.get(qn("w:styleId")): s for s in styles.iter(qn("w:style"))}
        self._resolved: dict[str, Properties] = {}
        self._defaults = NOTHING
        self._paragraph_default = ""
        for style in self._elements.values():
            if style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) in ("1", "true"):
                self._paragraph_default = style.get(qn("w:styleId")) or ""
        default = None if styles is None else styles.find(_DEFAULTS)
        if default is not None:
            self._defaults = self._direct(default, None)

    def of_paragraph(self, paragraph: Any, table: Properties = NOTHING) -> Properties:
        """table: what the style of the table around it says."""
        direct = paragraph.find(qn("w:pPr"))
        style = _value(direct, "w:pStyle") or self._paragraph_default
        own = self._direct(None, direct).over(self._of_style(style))
        return own.over(self._defaults) if table is NOTHING else own.over(table).over(self._defaults)

    def of_run(self, run: Any, paragraph: Properties) -> Properties:
        direct = run.find(qn("w:rPr"))
        if direct is None:
            return paragraph
        own = self._direct(direct, None)
        if style := _value(direct, "w:rStyle"):
            own = own.over(self._of_style(style))
        return own.over(paragraph)

    def strikes(self, paragraph: Any, look: Properties) -> bool:
        """True when some of its letters are struck through."""
        return any(self.of_run(run, look).struck for run in paragraph.iterchildren(qn("w:r")))

    def of_table(self, table: Any, headers: int) -> TableLook:
        """What the table's style makes of its cells. headers: leading rows marked as such."""
        return table_look(table, self._elements, headers, self.theme)

    def of_letters(self, run_properties: list[Any]) -> Properties:
        """The w:rPr of a table's style together, the strongest first."""
        found = NOTHING
        for one in run_properties:
            found = found.over(self._direct(one, None))
        return found

    def _of_style(self, style_id: str) -> Properties:
        if style_id not in self._resolved:
            self._resolved[style_id] = NOTHING  # a style based on itself ends here
            element = self._elements.get(style_id)
            if element is not None:
                own = self._direct(element.find(qn("w:rPr")), element.find(qn("w:pPr")))
                name = _value(element, "w:name") or ""
                if own.level is None and (found := _HEADING_NAME.match(name)):
                    own = replace(own, level=int(found.group(1)))
                if own.number_id is not None:
                    own = replace(own, numbered_by=style_id)
                based_on = _value(element, "w:basedOn")
                inherited = self._of_style(based_on) if based_on else NOTHING
                self._resolved[style_id] = replace(own.over(inherited), name=name)
        return self._resolved[style_id]

    def _direct(self, run: Any, paragraph: Any) -> Properties:
        found = NOTHING if run is None else self._of_letters(run)
        if paragraph is not None:
            outline = _value(paragraph, "w:outlineLvl")
            number = paragraph.find(qn("w:numPr"))
            depth = _value(number, "w:ilvl")
            level = None
            if outline is not None and outline.isdigit():
                level = int(outline) + 1 if int(outline) < 9 else 0
            ground = shade(paragraph, self.theme)
            found = replace(
                found,
                level=level,
                number_id=_value(number, "w:numId"),
                depth=int(depth) if depth is not None and depth.isdigit() else None,
                ground=found.ground if found.ground is not None else ground,
            )
        return found

    def _of_letters(self, run: Any) -> Properties:
        size, wide = _value(run, "w:sz"), _whole(run, "w:w")
        place, pull = _value(run, "w:vertAlign"), _whole(run, "w:spacing")
        lines = [_is_on(run, "w:strike"), _is_on(run, "w:dstrike")]
        pen = highlight(run)
        return Properties(
            vanish=True if _is_unfilled(run) else _is_on(run, "w:vanish"),
            struck=None if lines == [None, None] else True in lines,
            color=self._color(run),
            half_points=int(float(size)) if size and re.fullmatch(r"\d+(\.\d+)?", size) else None,
            ground=pen if pen is not None else shade(run, self.theme),
            raised=None if place is None else place == "superscript",
            lowered=None if place is None else place == "subscript",
            position=_whole(run, "w:position"),
            squeezed=None if wide is None else 0 < wide <= _NARROWEST,
            pull=None if pull is None else -pull,
            font=_font(run),
        )

    def _color(self, run: Any) -> str | None:
        """The colour of the letters, "" where it is automatic; an edge in a colour of its own is seen instead."""
        edge, fill = (run.find(f"{_WORD_2010}{name}/{_WORD_2010}solidFill") for name in ("textOutline", "textFill"))
        for drawn in (edge, fill):
            if drawn is not None and transparency(drawn) < _THINNEST:
                return self.theme.drawn(drawn)
        color = run.find(qn("w:color"))
        return None if color is None else self.theme.of(color)


def _font(run: Any) -> str | None:
    fonts = run.find(qn("w:rFonts"))
    if fonts is None:
        return None
    if fonts.get(qn("w:asciiTheme")) or fonts.get(qn("w:hAnsiTheme")):
        return ""
    named = fonts.get(qn("w:ascii")) or fonts.get(qn("w:hAnsi"))
    return None if named is None else str(named)


def _is_unfilled(run: Any) -> bool:
    """Letters without a fill or with one that lets everything through, and no line around them either."""
    fill, line = (run.find(f"{_WORD_2010}{name}") for name in ("textFill", "textOutline"))
    if fill is None:
        return False
    solid = fill.find(f"{_WORD_2010}solidFill")
    if fill.find(f"{_WORD_2010}noFill") is None and (solid is None or transparency(solid) < _THINNEST):
        return False
    return line is None or line.find(f"{_WORD_2010}noFill") is not None or len(line) == 0


def _whole(run: Any, name: str) -> int | None:
    value = _value(run, name)
    return int(value) if value and re.fullmatch(r"-?\d{1,6}", value) else None


def _is_on(run: Any, name: str) -> bool | None:
    """None: the property does not stand here."""
    switch = run.find(qn(name))
    return None if switch is None else switch.get(qn("w:val"), "1").lower() not in _OFF


def _value(element: Any, name: str) -> str | None:
    child = element.find(qn(name)) if element is not None else None
    value = child.get(qn("w:val")) if child is not None else None
    return str(value) if value is not None else None
