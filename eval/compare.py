"""Two runs case by case: what became better or worse, with the text of both and what was changed between them.

`python -m eval compare BEFORE.json AFTER.json`, on two JSON reports of `python -m eval run`.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from eval.regression import Change, Values, hold, load_rules
from eval.versions import differences

_SHOWN = ("status", "reason", "text", "cited", "rule_ids", "passages")
_WORD = re.compile(r"[A-Za-z]+|\d+(?:[.,]\d+)*%?|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Moved:
    """One case that came out otherwise. better, worse: metrics; fields: what of the turn differs."""

    suite: str
    case_id: str
    question: str
    better: Sequence[str]
    worse: Sequence[str]
    fields: Sequence[str]
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    changes: Sequence[Change]
    moved: Sequence[Moved]
    versions: Sequence[str]
    only_before: int
    only_after: int
    same: int

    def as_text(self) -> str:
        lines = [f"changed between the runs: {text}" for text in self.versions]
        lines += [f"{'suite':8} {'metric':32} {'n':>4} {'before':>7} {'after':>7}   p of no loss"]
        for change in self.changes:
            means = f"{change.before:7.3f} {change.after:7.3f}   {change.p:.4f}"
            lines.append(f"{change.suite:8} {change.metric:32} {change.n:4} {means}")
        only = f"{self.only_before} and {self.only_after} in one only"
        lines.append(f"{self.same} cases alike, {len(self.moved)} not, {only}")
        for one in self.moved:
            lines.append(f"{one.suite} {one.case_id} {one.question}")
            lines += [f"  worse: {', '.join(one.worse)}"] if one.worse else []
            lines += [f"  better: {', '.join(one.better)}"] if one.better else []
            for name in one.fields:
                if name == "text":
                    lines.append(f"  text: {word_difference(one.before['text'], one.after['text'])}")
                elif name != "passages":
                    lines.append(f"  {name}: {one.before.get(name)} → {one.after.get(name)}")
                else:
                    lines.append(f"  passages: {_reordered(one.before['passages'], one.after['passages'])}")
        return "\n".join(lines)

    def as_html(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(c.suite)}<td>{escape(c.metric)}<td>{c.n}<td>{c.before:.3f}<td>{c.after:.3f}<td>{c.p:.4f}"
            for c in self.changes
        )
        changed = "".join(f"<li>{escape(text)}" for text in self.versions)
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>Wenda: two runs</title><style>{_STYLE}</style><h1>Two runs</h1><ul>{changed}</ul>"
            "<table><tr><th>Suite<th>Metric<th>n<th>Before<th>After<th>p of no loss"
            f"{rows}</table><p>{self.same} cases alike, {len(self.moved)} not.</p>"
            f"{''.join(_detail(one) for one in self.moved)}</html>"
        )


_STYLE = (
    ":root{color-scheme:light dark}body{font:15px/1.6 system-ui,'Noto Sans SC',sans-serif;max-width:72rem;"
    "margin:2rem auto;padding:0 1rem}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884}"
    "details{border-bottom:1px solid #8884;padding:.5rem 0}summary{cursor:pointer}pre{white-space:pre-wrap}"
    "del{color:#b3261e}ins{color:#146c2e;text-decoration:underline}"
    "@media(prefers-color-scheme:dark){del{color:#ffb4ab}ins{color:#7dda92}}"
)


def _detail(one: Moved) -> str:
    told = "".join(
        f"<p>{name}: {escape(', '.join(of))}" for name, of in (("worse", one.worse), ("better", one.better)) if of
    )
    pairs = [(name, str(one.before.get(name)), str(one.after.get(name))) for name in one.fields if name != "text"]
    fields = "".join(f"<p>{name}: <del>{escape(old)}</del> <ins>{escape(new)}</ins>" for name, old, new in pairs)
    text = word_difference(
        one.before["text"], one.after["text"], marks=("<del>", "</del>", "<ins>", "</ins>"), plain=escape
    )
    return (
        f"<details><summary>{escape(one.suite)} {escape(one.case_id)} · {escape(one.question)}</summary>"
        f"{told}{fields}<pre>{text}</pre></details>"
    )


def read_report(path: Path) -> dict[str, Any]:
    """Raises FileNotFoundError."""
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def _values(cases: Sequence[Mapping[str, Any]]) -> Values:
    values: dict[str, dict[str, Mapping[str, float]]] = {}
    for case in cases:
        values.setdefault(case["suite"], {})[case["id"]] = case["values"]
    return values


def hold_against(before: Mapping[str, Any], after: Mapping[str, Any]) -> Comparison:
    """Every metric of the cases both runs have, and every case that came out otherwise."""
    old = {(case["suite"], case["id"]): case for case in before["cases"]}
    new = {(case["suite"], case["id"]): case for case in after["cases"]}
    rules = load_rules()
    metrics = dict.fromkeys((row["suite"], row["metric"]) for row in after["metrics"])
    was, now = _values(before["cases"]), _values(after["cases"])
    changes = [
        change for suite, metric in metrics if (change := hold(was, now, suite, metric, rules.resamples)) is not None
    ]
    both = [key for key in new if key in old]
    moved = [one for key in both if (one := _moved(old[key], new[key])) is not None]
    return Comparison(
        changes,
        moved,
        differences(before.get("versions", {}), after.get("versions", {})),
        len(old.keys() - new.keys()),
        len(new.keys() - old.keys()),
        len(both) - len(moved),
    )


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> Moved | None:
    fields = [name for name in _SHOWN if before.get(name) != after.get(name)]
    shared = [name for name in after["values"] if name in before["values"]]
    better = [name for name in shared if after["values"][name] > before["values"][name]]
    worse = [name for name in shared if after["values"][name] < before["values"][name]]
    if not (fields or better or worse):
        return None
    return Moved(after["suite"], after["id"], after["question"], better, worse, fields, before, after)


def word_difference(
    before: str,
    after: str,
    marks: tuple[str, str, str, str] = ("[-", "-]", "{+", "+}"),
    plain: Any = str,
) -> str:
    """Both texts in one: what is gone between the first two marks, what is new between the last two."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    told = []
    for kind, a, b, c, d in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        gone, come = plain("".join(old[a:b])), plain("".join(new[c:d]))
        if kind == "equal":
            told.append(gone)
            continue
        told += [f"{marks[0]}{gone}{marks[1]}"] if gone else []
        told += [f"{marks[2]}{come}{marks[3]}"] if come else []
    return "".join(told)


def _reordered(before: Sequence[str], after: Sequence[str]) -> str:
    gone, come = len(set(before) - set(after)), len(set(after) - set(before))
    return f"{gone} gone, {come} new" if gone or come else "the same in another order"
