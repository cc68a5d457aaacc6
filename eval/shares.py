"""Claims over things that are seen or unseen, told alike by the suites that are no suites of questions: shares with
their intervals, gates on both halves, a table, a JSON file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from eval.gate import HALVES, Minima
from eval.metrics import Score, summarise

One = TypeVar("One")
Shares = Mapping[str, Score]  # "seen" | "unseen" | "all" -> share


def by_half(
    items: Iterable[One], claim: Callable[[One], float | None], seen: Callable[[One], bool]
) -> dict[str, Score]:
    """The claim's share; a half that says nothing about it is left out."""
    told = [(seen(one), value) for one in items if (value := claim(one)) is not None]
    split = {half: [value for is_seen, value in told if is_seen is wanted] for half, wanted in HALVES.items()}
    split["all"] = [value for _, value in told]
    return {half: summarise(values) for half, values in split.items() if values}


def crossed(suite: str, measured: Mapping[str, Shares], gates: Minima) -> list[str]:
    """Every gate that does not hold in a half, and every gated claim that was not measured at all."""
    found = []
    for name, least in gates.get(suite, {}).items():
        shares = measured.get(name, {})
        if not shares:
            found.append(f"{suite} {name} not measured, least {least:.3f}")
        found += [
            f"{suite} {name} ({half}) {score.mean:.3f} of {score.n}, least {least:.3f}"
            for half, score in shares.items()
            if half in HALVES and score.mean < least
        ]
    return found


def table(rows: Sequence[tuple[str, Shares, float | None]], width: int = 28) -> list[str]:
    """Lines under a head; rows without a share are left out."""
    lines = [f"  {'':{width}} {'n':>4} {'all':>6}  {'95 % interval':15}   seen unseen   gate"]
    for name, measured, gate in rows:
        if "all" not in measured:
            continue
        whole = measured["all"]
        halves = " ".join(f"{measured[half].mean:6.3f}" if half in measured else "     –" for half in HALVES)
        least = f"{gate:6.3f}" if gate is not None else "     –"
        interval = f"{whole.low:.3f} – {whole.high:.3f}"
        lines.append(f"  {name:{width}} {whole.n:4} {whole.mean:6.3f}  {interval:15} {halves} {least}")
    return lines


def as_plain(measured: Shares) -> dict[str, Any]:
    return {half: {"mean": s.mean, "n": s.n, "low": s.low, "high": s.high} for half, s in measured.items()}


def write(suite: str, measured: Mapping[str, Shares], gates: Minima, folder: Path, at: datetime, **more: Any) -> Path:
    """more: what else the suite tells, as plain values."""
    folder.mkdir(parents=True, exist_ok=True)
    body = {
        "suite": suite,
        "at": at.isoformat(),
        "gates": dict(gates.get(suite, {})),
        "crossed": crossed(suite, measured, gates),
        "shares": {name: as_plain(shares) for name, shares in measured.items()},
        **more,
    }
    path = folder / f"{suite}-{at:%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    return path
