"""Conditional formats that take values out of sight: zeros in white, a fee shown as nothing under a condition.

What a condition says of the cells themselves is decided here; the others (a whole formula, the ten largest) are told.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import column_index_from_string

from ingestion.load.xlsx_values import shown

Place = tuple[int, int]  # row, column
Value = float | str | None
Given = Callable[[Place], Value]
_Test = Callable[[Place, Given], bool]

_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    **{"equal": operator.eq, "=": operator.eq, "notEqual": operator.ne, "<>": operator.ne},
    **{"lessThan": operator.lt, "<": operator.lt, "greaterThan": operator.gt, ">": operator.gt},
    **{"lessThanOrEqual": operator.le, "<=": operator.le, "greaterThanOrEqual": operator.ge, ">=": operator.ge},
}
_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "containsText": lambda text, part: part in text,
    "notContainsText": lambda text, part: part not in text,
    "beginsWith": str.startswith,
    "endsWith": str.endswith,
}
_OPERAND = r'\$?[A-Za-z]{1,3}\$?[0-9]{1,7}|-?[0-9]+(?:\.[0-9]+)?%?|"[^"]*"'
_COMPARED = re.compile(rf"=?\(?\s*({_OPERAND})\s*(<=|>=|<>|=|<|>)\s*({_OPERAND})\s*\)?")
_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class _Rule:
    """test: None where only a spreadsheet program can tell. colour, format: what it makes of them, None = nothing.

    drawn: an icon or a bar stands in place of the number.
    """

    ranges: tuple[tuple[int, int, int, int], ...]  # first row, first column, last row, last column
    test: _Test | None
    colour: Any
    ground: Any
    format: str | None
    drawn: bool = False

    def reaches(self, place: Place) -> bool:
        return any(top <= place[0] <= bottom and left <= place[1] <= right for top, left, bottom, right in self.ranges)


class Conditions:
    """The conditional formats of one sheet. `hiding` is False for nearly all, which then need no second look."""

    def __init__(self, formats: Sequence[Any], styles: Sequence[Any], is_white: Callable[[Any], bool]) -> None:
        """formats: openpyxl's ConditionalFormatting; styles: the workbook's differential ones."""
        self._is_white = is_white
        found = [(rule.priority or 0, one, rule) for one in formats for rule in one.cfRule]
        made = (_rule(one, rule, styles) for _, one, rule in sorted(found, key=lambda item: item[0]))
        self._rules = [rule for rule in made if rule is not None]
        self.hiding = any(rule.drawn or self._hides(rule, painted=False) for rule in self._rules)

    def covers(self, place: Place) -> bool:
        return any(rule.reaches(place) for rule in self._rules)

    @property
    def undecided(self) -> int:
        """Conditions under which letters go out of sight, and which are not decided here."""
        return sum(rule.test is None and self._hides(rule, painted=False) for rule in self._rules)

    def draw_instead(self, place: Place, given: Given) -> bool:
        """Whether an icon or a bar is all that a cell shows of its number."""
        return isinstance(given(place), float) and any(rule.drawn and rule.reaches(place) for rule in self._rules)

    def hide(self, place: Place, given: Given, *, painted: bool) -> bool:
        """given: the value stored at a place. painted: the cell has a ground of its own that carries white letters."""
        holding = [rule for rule in self._rules if rule.test and rule.reaches(place) and rule.test(place, given)]
        coloured = next((rule for rule in holding if rule.colour is not None), None)
        formatted = next((rule for rule in holding if rule.format is not None), None)
        return (coloured is not None and self._hides_letters(coloured, painted=painted)) or (
            formatted is not None and _shows_nothing(formatted.format or "")
        )

    def _hides(self, rule: _Rule, *, painted: bool) -> bool:
        return self._hides_letters(rule, painted=painted) or (rule.format is not None and _shows_nothing(rule.format))

    def _hides_letters(self, rule: _Rule, *, painted: bool) -> bool:
        if rule.colour is None:
            return False
        if rule.ground is not None:
            return bool(rule.ground == rule.colour or (self._is_white(rule.colour) and self._is_white(rule.ground)))
        return self._is_white(rule.colour) and not painted


def _rule(one: Any, rule: Any, styles: Sequence[Any]) -> _Rule | None:
    ranges = tuple((part.min_row, part.min_col, part.max_row, part.max_col) for part in one.sqref.ranges)
    drawing = rule.iconSet or rule.dataBar
    if drawing is not None and drawing.showValue is False:
        return _Rule(ranges, lambda _place, _given: True, None, None, None, drawn=True)
    look = styles[rule.dxfId] if rule.dxfId is not None and rule.dxfId < len(styles) else None
    if look is None:
        return None
    colour = look.font.color if look.font is not None else None
    code = look.numFmt.formatCode if look.numFmt is not None else None
    if colour is None and code is None:
        return None
    ground = (
        look.fill.bgColor if look.fill is not None and getattr(look.fill, "patternType", "solid") != "none" else None
    )
    origin = min(((top, left) for top, left, _, _ in ranges), default=(1, 1))
    return _Rule(ranges, _test(rule, origin), colour, ground, code)


def _test(rule: Any, origin: Place) -> _Test | None:
    formulas = [str(formula).strip() for formula in rule.formula or ()]
    if rule.type == "cellIs":
        operands = [_operand(formula, origin) for formula in formulas]
        if rule.operator in _SIGNS and len(operands) == 1 and operands[0] is not None:
            return _comparing(_own, rule.operator, operands[0])
        if rule.operator in ("between", "notBetween") and len(operands) == 2 and all(operands):
            return _between(*operands, inside=rule.operator == "between")
        return None
    if rule.type in _TEXTS and rule.text:
        holds, part = _TEXTS[rule.type], rule.text.lower()
        return lambda place, given: holds(_as_text(given(place)).lower(), part)
    if rule.type == "notContainsBlanks":
        return lambda place, given: bool(_as_text(given(place)).strip())
    if rule.type == "containsBlanks":
        return lambda _place, _given: False
    compared = _COMPARED.fullmatch(formulas[0]) if rule.type == "expression" and len(formulas) == 1 else None
    if compared is None:
        return None
    first, second = (_operand(compared.group(at), origin) for at in (1, 3))
    return _comparing(first, compared.group(2), second) if first and second else None


_Operand = Callable[[Place, Given], Value]


def _own(place: Place, given: Given) -> Value:
    return given(place)


def _operand(formula: str, origin: Place) -> _Operand | None:
    """A number, a text or a cell, which moves with the place unless it is fixed by $; None for anything else."""
    formula = formula.lstrip("=").strip()
    if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?%?", formula):
        number = float(formula.rstrip("%")) / (100 if formula.endswith("%") else 1)
        return lambda _place, _given: number
    if re.fullmatch(r'"[^"]*"', formula):
        return lambda _place, _given: formula[1:-1]
    cell = _CELL.fullmatch(formula)
    if cell is None:
        return None
    row, column = int(cell.group(4)), column_index_from_string(cell.group(2).upper())
    fixed_column, fixed_row = cell.group(1), cell.group(3)

    def elsewhere(place: Place, given: Given) -> Value:
        down = 0 if fixed_row else place[0] - origin[0]
        across = 0 if fixed_column else place[1] - origin[1]
        return given((row + down, column + across))

    return elsewhere


def _comparing(first: _Operand, sign: str, second: _Operand) -> _Test:
    return lambda place, given: _compare(first(place, given), sign, second(place, given))


def _between(first: Any, second: Any, *, inside: bool) -> _Test:
    def holds(place: Place, given: Given) -> bool:
        value, low, high = given(place), first(place, given), second(place, given)
        return (_compare(value, ">=", low) and _compare(value, "<=", high)) is inside

    return holds


def _compare(first: Value, sign: str, second: Value) -> bool:
    """As spreadsheets do: an empty cell is 0 beside a number and "" beside a text, and texts are above numbers."""
    if first is None:
        first = "" if isinstance(second, str) else 0.0
    if second is None:
        second = "" if isinstance(first, str) else 0.0
    if isinstance(first, str) and isinstance(second, str):
        return bool(_SIGNS[sign](first.lower(), second.lower()))
    if isinstance(first, str) or isinstance(second, str):
        return bool(_SIGNS[sign](isinstance(first, str), isinstance(second, str)))
    return bool(_SIGNS[sign](first, second))


def _as_text(value: Value) -> str:
    return "" if value is None else value if isinstance(value, str) else shown(value, "General")


def _shows_nothing(code: str) -> bool:
    return not any(shown(value, code).strip() for value in (1, -1, 0))


def values_of(cells: Iterable[dict[str, Any]]) -> dict[Place, Value]:
    """What cells of openpyxl's reader store: numbers, or texts without their fonts."""
    return {
        (cell["row"], cell["column"]): float(cell["value"])
        if isinstance(cell["value"], int | float)
        else str(cell["value"])
        for cell in cells
        if cell["value"] is not None
    }
