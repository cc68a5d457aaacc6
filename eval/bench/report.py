"""Figures on the terminal: tables of absolute values, and ratios against a named peer.

Only a ratio decides an exit code: absolute figures belong to the machine.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """peer / ours of one cost measured on both sides in the same run; `at_least` is the gate."""

    name: str
    ours: float
    peer: float
    unit: str
    at_least: float

    @property
    def times(self) -> float:
        return self.peer / self.ours if self.ours else float("inf")

    @property
    def holds(self) -> bool:
        return self.times >= self.at_least


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0..1) of them do not exceed. Raises ValueError on none."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Left-aligned first column, right-aligned others; floats get two digits; wide characters count double."""
    cells = [list(columns), *([_cell(value) for value in row] for row in rows)]
    widths = [max(_width(row[at]) for row in cells) for at in range(len(columns))]
    print(f"\n{title}")
    for number, row in enumerate(cells):
        print("  " + "  ".join(_padded(text, widths[at], left=at == 0) for at, text in enumerate(row)).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))


def conclude(ratios: Sequence[Ratio]) -> int:
    """Print each ratio with its gate; the exit code: 1 when one fails."""
    rows = [
        (r.name, f"{r.ours:.2f} {r.unit}", f"{r.peer:.2f} {r.unit}", f"{r.times:.1f}x", f">= {r.at_least:g}x", r.holds)
        for r in ratios
    ]
    print_table("ratios", ("", "ours", "peer", "ratio", "gate", "holds"), rows)
    return 0 if all(ratio.holds for ratio in ratios) else 1


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int, *, left: bool) -> str:
    gap = " " * (width - _width(text))
    return text + gap if left else gap + text
