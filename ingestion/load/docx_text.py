"""The letters of a Word paragraph as a reader sees them in the final view; what is not seen is left out and told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

from app.knowledge.visible import BACKWARDS, ENDS
from ingestion.blocks import LeftOut
from ingestion.load.docx_color import PAPER
from ingestion.load.docx_fields import Fields
from ingestion.load.docx_formula import FORMULA, MATH_TEXT, formula_in_line, is_phantom
from ingestion.load.docx_graphics import DELETED, WORD_ART, is_hidden_shape, stands_in_the_line, word_art
from ingestion.load.docx_look import Look, Properties
from ingestion.load.docx_place import Page
from ingestion.load.docx_symbols import GAP, closed, form_field, in_unicode, symbol
from ingestion.notes import raised

_REFERENCES = {qn("w:footnoteReference"): "/footnotes", qn("w:endnoteReference"): "/endnotes"}
_UNSEEN = {
    *(qn("w:del"), qn("w:moveFrom"), qn("w:rPr"), qn("w:pPr"), qn("w:instrText"), qn("w:delText")),
    qn("w:txbxContent"),
}
_SIGNS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-", qn("w:ptab"): " "}
_DRAWINGS = (qn("w:drawing"), qn("w:pict"), qn("w:object"))
_RUN, _TEXT, _FIELD = qn("w:r"), qn("w:t"), qn("w:fldChar")


@dataclass(slots=True)
class _Line:
    """ground: the colour behind the paragraph."""

    ground: str
    pieces: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Letters:
    """notes: of the foot and the end, by kind and number, which the caller adds."""

    def __init__(self, look: Look, page: Page, left_out: list[LeftOut]) -> None:
        self._look = look
        self._page = page
        self._left_out = left_out
        self._last_left_out: Any = None
        self.fields = Fields()
        self.notes: dict[tuple[str, str], str] = {}

    def of(self, paragraph: Any, look: Properties | None = None, ground: str = PAPER) -> tuple[str, list[str]]:
        """The visible text of a paragraph and the footnotes it refers to."""
        if self._page.loses_paragraph(paragraph):
            self.leave_out("hidden_text", paragraph)
            return "", []
        line = _Line(ground)
        self._gather(paragraph, look or self._look.of_paragraph(paragraph), line)
        lines = (" ".join(part.split()) for part in closed("".join(line.pieces)).split("\n"))
        return "\n".join(part for part in lines if part), line.notes

    def leave_out(self, code: str, element: Any) -> None:
        """Neighbouring pieces of one kind are one find: Word cuts a sentence into runs as it likes."""
        text = "".join(element.itertext(_TEXT, qn("w:delText"), MATH_TEXT)).strip()
        if not text:
            return
        last = self._left_out[-1] if self._left_out else None
        before = element.getprevious()
        if last is not None and last.code == code and before is not None and before is self._last_left_out:
            self._left_out[-1] = LeftOut(code, last.text + text)
        else:
            self._left_out.append(LeftOut(code, text))
        self._last_left_out = element

    def _gather(self, element: Any, look: Properties, line: _Line) -> None:
        for child in element:
            if child.tag == _RUN:
                self._run(child, look, line)
            elif child.tag in _UNSEEN:
                if child.tag in DELETED:
                    self.leave_out("tracked_deletion", child)
            elif child in self.fields.instructions:
                if child.tag == _TEXT:
                    self.leave_out("hidden_text", child)
            elif child.tag == _TEXT:
                line.pieces.append(in_unicode(child.text or "", look.font or ""))
            elif child.tag == FORMULA:
                line.pieces.append(formula_in_line(child, lambda part: self._is_seen(part, look, line.ground)))
            elif child.tag == qn("w:bdo") and child.get(qn("w:val")) == "rtl":
                line.pieces.append(BACKWARDS)
                self._gather(child, look, line)
                line.pieces.append(ENDS)
            else:
                self._sign(child, look, line)

    def _run(self, run: Any, look: Properties, line: _Line) -> None:
        own = self._look.of_run(run, look)
        if own.struck:
            self.leave_out("tracked_deletion", run)
            line.pieces.append(GAP)  # the crossed out figure stands on the page
            return
        if own.is_hidden(line.ground) and (own.takes_no_place or not _is_one_letter(run, own)):
            self.leave_out("hidden_text", run)
            line.pieces.append("" if own.takes_no_place else GAP)
            return
        start = len(line.pieces)
        self._gather(run, own, line)
        if place := own.stands(look):
            text, before = "".join(line.pieces[start:]), "".join(line.pieces[:start])
            line.pieces[start:] = [_moved(text, before, place)]

    def _sign(self, element: Any, look: Properties, line: _Line) -> None:
        """What stands beside the letters of a run; of all others what is inside them."""
        if element.tag == qn("w:sym"):
            line.pieces.append(symbol(element))
        elif element.tag == _FIELD:
            line.pieces.append(form_field(element) or self.fields.drawn.get(element, ""))
        elif element.tag in _SIGNS:
            line.pieces.append(_SIGNS[element.tag])
        elif element.tag in _REFERENCES:
            line.pieces.append(GAP)
            if note := self.notes.get((_REFERENCES[element.tag], element.get(qn("w:id")))):
                line.notes.append(note)
        elif element.tag == WORD_ART:
            self._word_art(element, line)
        else:
            gap = GAP if element.tag in _DRAWINGS and stands_in_the_line(element) else ""
            line.pieces.append(gap)
            self._gather(element, look, line)
            line.pieces.append(gap)

    def _word_art(self, path: Any, line: _Line) -> None:
        text, shape = word_art(path), path.getparent()
        if text and (is_hidden_shape(shape) or self._page.loses_drawing(shape)):
            self._left_out.append(LeftOut("hidden_text", text))
        elif text:
            line.pieces.append(f"\n{text}\n")

    def _is_seen(self, part: Any, look: Properties, ground: str) -> bool:
        """part: of a formula; what is not seen is told."""
        if part.tag in DELETED:
            self.leave_out("tracked_deletion", part)
            return False
        own = self._look.of_run(part, look)
        if own.struck or own.is_hidden(ground) or is_phantom(part):
            self.leave_out("tracked_deletion" if own.struck else "hidden_text", part)
            return False
        return True


def _is_one_letter(run: Any, look: Properties) -> bool:
    """A single letter drawn over by the next one, as a circle around a figure, is seen."""
    return look.overlaps and not look.squeezed and len("".join(run.itertext(_TEXT)).strip()) <= 1


def _moved(text: str, before: str, place: int) -> str:
    """Letters above the line (place 1) or below it (-1), told apart from the figures beside them."""
    on_figure, bare = before[-1:].isdigit(), text.strip()
    if place < 0 and not on_figure:
        return text + GAP  # H2O; a base as in log2 does not run into what follows
    marked = raised(text, before if place > 0 else before[-1:])
    return GAP + text + GAP if marked == text and on_figure and bare[:1].isdigit() else marked
