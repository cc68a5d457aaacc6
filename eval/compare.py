"""Two runs case by case: what became better or worse, with the text of both and what was changed between them.

`python -m eval compare BEFORE.json AFTER.json`, on two JSON reports of `python -m eval run`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from app.evaluation.comparing import Comparison, Moved, word_pieces


def as_text(told: Comparison) -> str:
    lines = [f"changed between the runs: {text}" for text in told.versions]
    lines += [f"{'suite':8} {'metric':32} {'n':>4} {'before':>7} {'after':>7}   p of no loss"]
    for change in told.changes:
        means = f"{change.before:7.3f} {change.after:7.3f}   {change.p:.4f}"
        lines.append(f"{change.suite:8} {change.metric:32} {change.n:4} {means}")
    only = f"{told.only_before} and {told.only_after} in one only"
    lines.append(f"{told.same} cases alike, {len(told.moved)} not, {only}")
    for one in told.moved:
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


def as_html(told: Comparison) -> str:
    rows = "".join(
        f"<tr><td>{escape(c.suite)}<td>{escape(c.metric)}<td>{c.n}<td>{c.before:.3f}<td>{c.after:.3f}<td>{c.p:.4f}"
        for c in told.changes
    )
    changed = "".join(f"<li>{escape(text)}" for text in told.versions)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Wenda: two runs</title><style>{_STYLE}</style><h1>Two runs</h1><ul>{changed}</ul>"
        "<table><tr><th>Suite<th>Metric<th>n<th>Before<th>After<th>p of no loss"
        f"{rows}</table><p>{told.same} cases alike, {len(told.moved)} not.</p>"
        f"{''.join(_detail(one) for one in told.moved)}</html>"
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


def word_difference(
    before: str,
    after: str,
    marks: tuple[str, str, str, str] = ("[-", "-]", "{+", "+}"),
    plain: Any = str,
) -> str:
    """Both texts in one: what is gone between the first two marks, what is new between the last two."""
    around = {"same": ("", ""), "gone": marks[:2], "come": marks[2:]}
    return "".join(f"{around[kind][0]}{plain(words)}{around[kind][1]}" for kind, words in word_pieces(before, after))


def _reordered(before: Sequence[str], after: Sequence[str]) -> str:
    gone, come = len(set(before) - set(after)), len(set(after) - set(before))
    return f"{gone} gone, {come} new" if gone or come else "the same in another order"
