"""Formulas of Word (Office Math) as one line of text: fractions with a stroke, powers and indices with their signs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
FORMULA = f"{_MATH}oMath"


def formula_text(element: Any) -> str:
    """The formula as one would type it: (本金×年利率×天数)/365."""
    return "".join(_parts(element))


def _parts(element: Any) -> Iterator[str]:
    for child in element:
        match str(child.tag).removeprefix(_MATH):
            case "t":
                yield child.text or ""
            case "f":
                yield f"{_grouped(child, 'num')}/{_grouped(child, 'den')}"
            case "sSup":
                yield f"{_grouped(child, 'e')}^{_grouped(child, 'sup')}"
            case "sSub":
                yield f"{_grouped(child, 'e')}{_named(child, 'sub')}"
            case "sSubSup":
                yield f"{_grouped(child, 'e')}{_named(child, 'sub')}^{_grouped(child, 'sup')}"
            case "nary":
                yield _summed(child)
            case "rad" if degree := _named(child, "deg"):
                yield f"{_grouped(child, 'e')}^(1/{degree})"  # 3√8 would be three times the root
            case "rad":
                yield f"√{_grouped(child, 'e')}"
            case "d":
                yield f"({''.join(formula_text(inner) for inner in child.findall(f'{_MATH}e'))})"
            case _:
                yield from _parts(child)


def _summed(element: Any) -> str:
    """A sum, product or integral with its bounds; what is not said to be something else is an integral (22.1.2.70)."""
    sign = element.find(f"{_MATH}naryPr/{_MATH}chr")
    lower, upper = (_grouped(element, name) if _named(element, name) else "" for name in ("sub", "sup"))
    bounds = (f"_{lower}" if lower else "") + (f"^{upper}" if upper else "")
    return f"{sign.get(f'{_MATH}val') if sign is not None else '∫'}{bounds} {_named(element, 'e')}"


def _named(element: Any, name: str) -> str:
    part = element.find(f"{_MATH}{name}")
    return formula_text(part) if part is not None else ""


def _grouped(element: Any, name: str) -> str:
    """The named part; in brackets when it is more than one number or word."""
    text = _named(element, name)
    return text if text.replace(".", "").isalnum() else f"({text})"
