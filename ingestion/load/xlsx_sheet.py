"""One sheet read row by row: the visible cells as displayed, merged ranges spread, and what is hidden.

Only cells that hold something are kept, so a sheet costs what it says, not how far it reaches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from openpyxl.utils import range_boundaries
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from ingestion.blocks import LeftOut
from ingestion.failures import failure
from ingestion.load.xlsx_conditions import Conditions, values_of

_MOST_CELLS = 1_000_000
_WIDEST_MERGE = 20_000  # cells; a larger one is a whole painted sheet, not a heading
_PICTURE = "=DISPIMG("  # what WPS stores for a picture inside a cell
_TRUE = ("1", "true")
_LEAST = {"width": 0.3, "ht": 1.5}

Place = tuple[int, int]  # row, column


class Shows(Protocol):
    def text(self, value: object, style: int) -> str: ...
    def runs(self, value: object, style: int) -> list[tuple[str, str]]: ...
    def is_strong(self, style: int) -> bool: ...
    def is_spread(self, style: int) -> bool: ...
    def is_painted(self, style: int) -> bool: ...
    def conditions(self, formats: Sequence[Any]) -> Conditions: ...


@dataclass(slots=True)
class Sheet:
    """cells: text by (row, column), merged ranges already spread. numeric: places with a stored number.

    strong: places in bold or on a ground of their own, as headings are. concealed: what hidden rows hold, which tells
    a header that is hidden and is read nowhere else.
    merges: (first row, first column, last row, last column). Rows and columns that are hidden are in no cell.
    spread: places that are centred over the empty ones beside them, and those empty ones.
    undecided: conditional formats that take letters out of sight, nobody here can tell when.
    """

    cells: dict[Place, str] = field(default_factory=dict)
    numeric: set[Place] = field(default_factory=set)
    strong: set[Place] = field(default_factory=set)
    concealed: dict[Place, str] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    spread: set[Place] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    left_out: list[LeftOut] = field(default_factory=list)
    uncached: int = 0
    errors: int = 0
    pictures: int = 0
    undecided: int = 0


class _Cells(WorkSheetParser):  # type: ignore[misc]
    """openpyxl's own streaming reader; it also notes which cells are formulas, and counts every date from the epoch."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        cell["formula"] = element.find(FORMULA_TAG) is not None
        if cell["data_type"] == "d" and cell["value"] is not None:  # written as ISO 8601, shown by its format as others
            cell["value"] = to_excel(cell["value"], self.epoch)
        return cell


def read_sheet(worksheet: Any, looks: Shows) -> Sheet:
    """worksheet: of a workbook opened with read_only. Raises PreparationFailed: too_large."""
    sheet = Sheet()
    with worksheet._get_source() as source:
        parser = _parser(worksheet, source)
        for _, cells in parser.parse():
            for cell in cells:
                if cell["value"] == 0 and not isinstance(cell["value"], bool) and not _shows_zeros(parser):
                    sheet.left_out.append(LeftOut("hidden_text", "0"))
                else:
                    _take(sheet, cell, looks)
            if len(sheet.cells) > _MOST_CELLS:
                raise failure("too_large")
    conditions = looks.conditions(parser.formatting)
    if conditions.hiding:
        _hide_by_condition(sheet, worksheet, conditions, looks)
    sheet.hidden_rows = {int(row) for row, look in parser.row_dimensions.items() if _is_hidden(look, "ht")}
    sheet.hidden_columns = set(_hidden_columns(parser.column_dimensions))
    merged = parser.merged_cells.mergeCell if parser.merged_cells is not None else []
    sheet.merges = [_corners(found.ref) for found in merged]
    _leave_out_covered(sheet)
    sheet.merges += _centred(sheet)
    _spread(sheet)
    _leave_out_hidden(sheet)
    return sheet


def _parser(worksheet: Any, source: Any) -> _Cells:
    """No date formats: dates stay the stored numbers, and the format code decides how they read."""
    return _Cells(source, worksheet._shared_strings, data_only=True, epoch=worksheet.parent.epoch, rich_text=True)


def _hide_by_condition(sheet: Sheet, worksheet: Any, conditions: Conditions, looks: Shows) -> None:
    """A value that only repeats the one above it stays: it is put out of sight so that a group's name is read once."""
    sheet.undecided = conditions.undecided
    with worksheet._get_source() as source:
        stored = [cell for _, cells in _parser(worksheet, source).parse() for cell in cells]
    values = values_of(stored)
    styles = {(cell["row"], cell["column"]): int(cell["style_id"]) for cell in stored}
    for place, text in sorted(sheet.cells.items()):
        if not conditions.covers(place):
            continue
        repeats = sheet.cells.get((place[0] - 1, place[1])) == text
        if conditions.draw_instead(place, values.get) or (
            not repeats and conditions.hide(place, values.get, painted=looks.is_painted(styles[place]))
        ):
            sheet.left_out.append(LeftOut("hidden_text", text))
            del sheet.cells[place]
            for kind in (sheet.numeric, sheet.strong):
                kind.discard(place)


def _shows_zeros(parser: Any) -> bool:
    views = parser.views.sheetView if getattr(parser, "views", None) is not None else []
    return all(view.showZeros is not False for view in views)


def _take(sheet: Sheet, cell: dict[str, Any], looks: Shows) -> None:
    value, style = cell["value"], int(cell["style_id"])
    if looks.is_spread(style):
        sheet.spread.add((cell["row"], cell["column"]))
    if value is None:
        sheet.uncached += cell["formula"]
        return
    if cell["data_type"] == "e":
        sheet.errors += 1
        return
    if isinstance(value, str) and value.startswith(_PICTURE):
        sheet.pictures += 1
        return
    runs = looks.runs(value, style)
    if isinstance(value, str):
        if not runs[0][0].strip() and value.strip():  # ornaments of a symbol font
            sheet.left_out.append(LeftOut("hidden_text", value.strip()))
        value = runs[0][0]
    if len(runs) != 1 or runs[0][1] or isinstance(value, list | tuple):  # most cells are of one look and shown
        for code in dict.fromkeys(code for _, code in runs if code):
            gone = "".join(text for text, fate in runs if fate == code)
            if gone.strip():
                told = gone if isinstance(value, list | tuple) else looks.text(value, style)
                sheet.left_out.append(LeftOut(code, _tidy(told) or gone))
        value = "".join(text for text, code in runs if not code)
    text = _tidy(looks.text(value, style))
    if not text and str(value).strip():
        sheet.left_out.append(LeftOut("hidden_text", str(value)))
    if text:
        place = (cell["row"], cell["column"])
        sheet.cells[place] = text
        if isinstance(value, int | float) and not isinstance(value, bool):
            sheet.numeric.add(place)
        if looks.is_strong(style):
            sheet.strong.add(place)


def _tidy(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.replace("\r", "").split("\n") if line.strip())


def _is_hidden(look: dict[str, str], size: str) -> bool:
    """Marked so, or too narrow or flat (characters, points) to show anything."""
    if look.get("hidden") in _TRUE:
        return True
    try:
        return float(look.get(size, "inf")) < _LEAST[size]
    except ValueError:
        return False


def _hidden_columns(dimensions: dict[str, dict[str, str]]) -> Iterator[int]:
    for look in dimensions.values():
        if _is_hidden(look, "width"):
            yield from range(int(look["min"]), min(int(look["max"]), 16_384) + 1)


def _corners(reference: str) -> tuple[int, int, int, int]:
    left, top, right, bottom = range_boundaries(reference)
    assert left is not None
    assert top is not None
    assert right is not None
    assert bottom is not None
    return top, left, bottom, right


def _leave_out_covered(sheet: Sheet) -> None:
    """A merged range shows its first cell, were that empty; what other cells store under it nobody sees."""
    for top, left, bottom, right in sheet.merges:
        size = (bottom - top + 1) * (right - left + 1)
        within = ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))
        places = list(sheet.cells) if size > len(sheet.cells) else within
        for place in places:
            if place == (top, left) or not (top <= place[0] <= bottom and left <= place[1] <= right):
                continue
            text = sheet.cells.pop(place, None)
            if text is None:
                continue
            for kind in (sheet.numeric, sheet.strong):
                kind.discard(place)
            if text != sheet.cells.get((top, left)):  # some programs repeat the first cell's text in each
                sheet.left_out.append(LeftOut("hidden_text", text))


def _centred(sheet: Sheet) -> Iterator[tuple[int, int, int, int]]:
    """Texts centred over several cells, as if those were merged."""
    for row, left in sorted(sheet.spread & sheet.cells.keys()):
        right = left
        while (row, right + 1) in sheet.spread and (row, right + 1) not in sheet.cells:
            right += 1
        if right > left:
            yield row, left, row, right


def _spread(sheet: Sheet) -> None:
    """The text of a merged range stands in every place it covers."""
    for top, left, bottom, right in sheet.merges:
        text = sheet.cells.get((top, left))
        if text is None or (bottom - top + 1) * (right - left + 1) > _WIDEST_MERGE:
            continue
        kinds = [kind for kind in (sheet.numeric, sheet.strong) if (top, left) in kind]
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                sheet.cells[row, column] = text
                for kind in kinds:
                    kind.add((row, column))
    if len(sheet.cells) > _MOST_CELLS:
        raise failure("too_large")


def _leave_out_hidden(sheet: Sheet) -> None:
    rows: dict[int, list[str]] = {}
    columns: dict[int, list[str]] = {}
    for (row, column), text in sorted(sheet.cells.items()):
        if row in sheet.hidden_rows:
            rows.setdefault(row, []).append(text)
            sheet.concealed[row, column] = text
        elif column in sheet.hidden_columns:
            columns.setdefault(column, []).append(text)
    # A range merged across a hidden row or column still shows its text in the visible part: nothing is lost of it.
    sheet.left_out += [LeftOut("hidden_row", " ".join(dict.fromkeys(texts))) for texts in rows.values()]
    sheet.left_out += [LeftOut("hidden_column", " ".join(dict.fromkeys(texts))) for texts in columns.values()]
    sheet.cells = {
        place: text
        for place, text in sheet.cells.items()
        if place[0] not in sheet.hidden_rows and place[1] not in sheet.hidden_columns
    }
