"""Formulas of Word (Office Math) as one line of text: fractions with a stroke, powers and indices with their signs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from docx.oxml.ns import qn

from ingestion.load.docx_symbols import GAP, closed

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
FORMULA = f"{_MATH}oMath"
MATH_TEXT = f"{_MATH}t"
_OFF = ("0", "false", "off")

_Seen = Callable[[Any], bool]  # whether a run (m:r), a deletion or a phantom is shown


def formula_text(element: Any) -> str:
    """The formula as one would type it: (本金×年利率×天数)/365."""
    return _told(element, lambda part: not is_phantom(part))


def formula_in_line(element: Any, seen: _Seen) -> str:
    """The same, with gaps that keep its parts from running into the figures around it."""
    return "".join(_parts(element, seen))


def is_phantom(element: Any) -> bool:
    """True for what only keeps a place free."""
    shown = element.find(f"{_MATH}phantPr/{_MATH}show")
    return element.tag == f"{_MATH}phant" and shown is not None and shown.get(f"{_MATH}val", "1") in _OFF


def _parts(element: Any, seen: _Seen) -> Iterator[str]:
    for child in element:
        name = str(child.tag).removeprefix(_MATH)
        if name == "t":
            yield child.text or ""
        elif name in ("r", "phant") or child.tag in (qn("w:del"), qn("w:moveFrom")):
            if seen(child):
                yield from _parts(child, seen)
            elif name == "phant":
                yield GAP
        elif name in _SHAPES:
            yield f"{GAP}{_shaped(name, child, seen)}{GAP}"
        else:
            yield from _parts(child, seen)


_SHAPES = {"f", "sSup", "sSub", "sSubSup", "nary", "rad", "d", "eqArr", "m", "limLow", "limUpp"}


def _shaped(shape: str, element: Any, seen: _Seen) -> str:
    def named(name: str) -> str:
        return _named(element, name, seen)

    def grouped(name: str) -> str:
        return _grouped(named(name))

    match shape:
        case "f":
            return f"{grouped('num')}/{grouped('den')}"
        case "sSup" | "limUpp":
            return f"{grouped('e')}^{grouped('sup' if shape == 'sSup' else 'lim')}"
        case "sSub" | "limLow":
            return f"{grouped('e')}{_below(named('e'), named('sub' if shape == 'sSub' else 'lim'))}"
        case "sSubSup":
            return f"{grouped('e')}{_below(named('e'), named('sub'))}^{grouped('sup')}"
        case "nary":
            return _summed(element, seen)
        case "rad":
            degree = named("deg")
            return f"{grouped('e')}^(1/{degree})" if degree else f"√{grouped('e')}"  # 3√8 would be three times the root
        case "d":
            return _bracketed(element, seen)
        case "eqArr":
            return "；".join(_told(row, seen) for row in element.findall(f"{_MATH}e"))
        case _:
            rows = (row.findall(f"{_MATH}e") for row in element.findall(f"{_MATH}mr"))
            return "；".join("，".join(_told(cell, seen) for cell in row) for row in rows)


def _bracketed(element: Any, seen: _Seen) -> str:
    """Parts in brackets with what stands between them, a stroke where nothing else is said."""
    sign = element.find(f"{_MATH}dPr/{_MATH}sepChr")
    between = sign.get(f"{_MATH}val") if sign is not None else "|"
    return f"({(between or ' ').join(_told(inner, seen) for inner in element.findall(f'{_MATH}e'))})"


def _below(base: str, index: str) -> str:
    """An index as it is written in a line: H2, but 10_2, which is not 102."""
    return f"_{_grouped(index)}" if base[-1:].isdigit() or (len(index) > 1 and not index.isdigit()) else index


def _summed(element: Any, seen: _Seen) -> str:
    """A sum, product or integral with its bounds; what is not said to be something else is an integral (22.1.2.70)."""
    sign = element.find(f"{_MATH}naryPr/{_MATH}chr")
    bounds = ((mark, _named(element, name, seen)) for mark, name in (("_", "sub"), ("^", "sup")))
    told = "".join(f"{mark}{_grouped(bound)}" for mark, bound in bounds if bound)
    return f"{sign.get(f'{_MATH}val') if sign is not None else '∫'}{told} {_named(element, 'e', seen)}"


def _named(element: Any, name: str, seen: _Seen) -> str:
    part = element.find(f"{_MATH}{name}")
    return _told(part, seen) if part is not None else ""


def _told(part: Any, seen: _Seen) -> str:
    return closed(formula_in_line(part, seen))


def _grouped(text: str) -> str:
    """In brackets when it is more than one number or word."""
    return text if text.replace(".", "").isalnum() else f"({text})"
