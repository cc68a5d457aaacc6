"""Lengths of style sheets in pixels of a desk's window: 2vw, .4cm, 0.14rem, calc(1em + 2px), clamp(…)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingestion.load.css_media import DESK
from ingestion.load.css_selectors import parted

_WIDTH, _HEIGHT = DESK["width"] / 100, DESK["height"] / 100
_PIXELS = {
    **{"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6},
    **{"vw": _WIDTH, "vi": _WIDTH, "vmax": _WIDTH, "vh": _HEIGHT, "vb": _HEIGHT, "vmin": _HEIGHT},
}
_LENGTH = re.compile(r"([+-]?\d*\.?\d+)\s*([a-z]*|%)")
_CALL = re.compile(r"(calc|min|max|clamp)\((.*)\)", re.DOTALL)
_SUM = re.compile(r"\s[+-]\s(?![^()]*\))")
_WINDOW = re.compile(r"[dsl](?=v(?:w|h|min|max|i|b)$)")
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Measure:
    """What relative lengths are relative to, in pixels; None where a page does not say."""

    em: float = 16.0
    rem: float | None = 16.0
    whole: float | None = None  # 100%

    def pixels(self, value: str | None, depth: int = 0) -> float | None:
        """None for what is no length (auto), or not understood."""
        value = value.strip() if value else ""
        if call := _CALL.fullmatch(value):
            return self._called(call.group(1), call.group(2), depth + 1) if depth < _DEEPEST else None
        found = _LENGTH.fullmatch(value)
        if found is None:
            return None
        number, unit = float(found.group(1)), _WINDOW.sub("", found.group(2))
        if unit in ("em", "ex", "ch"):
            return number * self.em * (1.0 if unit == "em" else 0.5)
        if unit in ("rem", "%"):
            one = self.rem if unit == "rem" else self.whole
            return 0.0 if not number else None if one is None else number * one / (1 if unit == "rem" else 100)
        return number * _PIXELS[unit] if unit in _PIXELS else None

    def _called(self, name: str, inner: str, depth: int) -> float | None:
        if name != "calc":
            parts = [self.pixels(part, depth) for part in parted(inner)]
            known = [part for part in parts if part is not None]
            if len(known) < len(parts):
                return None
            return (
                max(known[0], min(known[1], known[2]))
                if name == "clamp" and len(known) == 3
                else (min(known) if name == "min" else max(known))
            )
        signs = [sign.strip() for sign in _SUM.findall(inner)]
        terms = [self._product(term, depth) for term in _SUM.split(inner)]
        total = 0.0
        for sign, term in zip(("+", *signs), terms, strict=True):
            if term is None:
                return None
            total += term if sign == "+" else -term
        return total

    def _product(self, term: str, depth: int) -> float | None:
        first, *factors = re.split(r"\s*([*/])\s*(?![^()]*\))", term.strip())
        value = self.pixels(first.removeprefix("(").removesuffix(")") if first.startswith("(") else first, depth)
        for sign, factor in zip(factors[::2], factors[1::2], strict=True):
            by = self.pixels(factor, depth)
            if value is None or by is None or (sign == "/" and not by):
                return None
            value = value * by if sign == "*" else value / by
        return value


def share(value: str | None) -> float | None:
    """A number or a percentage, as of opacity, as a part of one."""
    found = re.match(r"(\d*\.?\d+)\s*(%?)", value.strip()) if value else None
    return float(found.group(1)) / (100 if found.group(2) else 1) if found else None
