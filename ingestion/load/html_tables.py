"""Rows of HTML tables: how far cells reach down, and the tables that pages part into one of names and one of values."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml.html import HtmlElement

Hides = Callable[[HtmlElement], bool]

_FURTHEST = 4  # elements around the names within which the values follow


def table_rows(table: HtmlElement, hides: Hides) -> Iterator[tuple[HtmlElement, list[HtmlElement]]]:
    """The rows that are shown, each with its cells, without those of tables inside."""
    for row in table.iter("tr"):
        if hides(row) or next(row.iterancestors("table")) is not table:
            continue
        if cells := [cell for cell in row if cell.tag in ("td", "th") and not hides(cell)]:
            yield row, cells


def span(cell: HtmlElement, name: str) -> int:
    value = cell.get(name) or "1"
    return max(1, min(int(value), 1000)) if value.strip().isdigit() else 1


def row_span(cell: HtmlElement, hides: Hides) -> int:
    """0 reaches to the end of the group of rows (tbody)."""
    if (cell.get("rowspan") or "").strip() != "0":
        return span(cell, "rowspan")
    below = [row for row in cell.getparent().itersiblings() if row.tag == "tr" and not hides(row)]
    return 1 + len(below)


def values_below(names: HtmlElement, hides: Hides) -> HtmlElement | None:
    """The table of values that follows a table of nothing but names: pages do so to keep the names in sight."""
    headings = [cells for _, cells in table_rows(names, hides)]
    if not headings or any(cell.tag != "th" for cells in headings for cell in cells):
        return None
    found = _next_table(names, hides)
    if found is None or found.find(".//caption") is not None:
        return None
    rows = [cells for _, cells in table_rows(found, hides)]
    if not rows or any(cell.tag == "th" for cells in rows for cell in cells):
        return None
    wide = sum(span(cell, "colspan") for cell in headings[0])
    last = headings[0][-1]
    widths = {wide, wide - 1} if not "".join(last.itertext()).strip() else {wide}  # room above a scroll bar
    return found if sum(span(cell, "colspan") for cell in rows[0]) in widths else None


def _next_table(element: HtmlElement, hides: Hides) -> HtmlElement | None:
    """The first thing shown after it, if that is a table."""
    at = element
    for _ in range(_FURTHEST):
        if (at.tail or "").strip():
            return None
        for after in at.itersiblings():
            if isinstance(after.tag, str) and not hides(after):
                begun = _begins_with(after, hides)
                if begun is not None or "".join(after.itertext()).strip():
                    return begun
            if (after.tail or "").strip():
                return None
        at = at.getparent()
        if at is None or at.tag in ("td", "th", "body"):
            return None
    return None


def _begins_with(element: HtmlElement, hides: Hides) -> HtmlElement | None:
    for one in element.iter():
        if one.tag == "table":
            return None if hides(one) else one
        if (one.text or "").strip() and isinstance(one.tag, str):
            return None
    return None
