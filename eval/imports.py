"""Drafts of cases from a table (CSV, XLSX) or from what the API gives as JSON: conversations, gaps, resolved tickets.

Personal data is masked before anything is written. What a case still lacks is said beside it, never made up.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import yaml

from guardrails import mask

# Column headings, as people write them -> fields of a case.
_COLUMNS = {
    "question": ("question", "问题"),
    "history": ("history", "前文", "历史"),
    "as_of": ("as_of", "日期"),
    "reference": ("reference", "参考答案", "标准答案"),
    "answer_facts": ("answer_facts", "答案要点", "要点"),
    "gold": ("gold", "出处"),
    "gold_also": ("gold_also", "另一出处"),
    "forbidden": ("forbidden", "不得出现", "禁词"),
    "expect": ("expect", "应当"),
    "reason": ("reason", "原因"),
    "tag": ("tag", "类型"),
    "note": ("note", "备注"),
}
_LISTS = ("history", "answer_facts", "forbidden")
_ENDINGS = {"回答": "answered", "不答": "abstained", "拒绝": "refused", "转人工": "handed_off"}
_STATUSES = ("answered", "abstained", "refused", "handed_off")


class CannotImport(Exception):
    """The source cannot be read as cases; the message says what is missing."""


def read_cases(source: Path) -> list[dict[str, Any]]:
    """Raises CannotImport for another kind of file, a table without questions, or JSON that is no conversation."""
    match source.suffix.lower():
        case ".csv":
            rows = csv.DictReader(io.StringIO(source.read_text(encoding="utf-8-sig")))
            return _from_table(list(rows.fieldnames or ()), list(rows))
        case ".xlsx":
            sheet = openpyxl.load_workbook(source, read_only=True, data_only=True).active
            lines = [[_cell(value) for value in line] for line in sheet.iter_rows(values_only=True)]
            heads = lines[0] if lines else []
            return _from_table(heads, [dict(zip(heads, line, strict=False)) for line in lines[1:]])
        case ".json":
            content = json.loads(source.read_text(encoding="utf-8"))
            return _numbered(_from_json(content))
        case other:
            raise CannotImport(f"cases are read from .csv, .xlsx and .json, not from {other or source.name}")


def _cell(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return "" if value is None else str(value)


def _from_table(heads: Sequence[str], rows: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
    fields = {head: name for head in heads for name, known in _COLUMNS.items() if head.strip().lower() in known}
    if "question" not in fields.values():
        raise CannotImport("the table has no column named question or 问题")
    cases = []
    for row in rows:
        given = {name: (row.get(head) or "").strip() for head, name in fields.items()}
        if given["question"]:
            cases.append(_case({name: text for name, text in given.items() if text}))
    return _numbered(cases)


def _case(given: Mapping[str, str]) -> dict[str, Any]:
    case: dict[str, Any] = {"tag": "imported"}
    for name, text in given.items():
        if name in _LISTS:
            case[name] = [mask(part) for part in _parts(text)]
        elif name in ("gold", "gold_also"):
            case[name] = [_gold(line) for line in text.splitlines() if line.strip()]
        elif name == "as_of":
            case[name] = date.fromisoformat(text)
        elif name == "expect":
            case[name] = _ENDINGS.get(text, text)
        else:
            case[name] = mask(text) if name in ("question", "reference", "note") else text
    return case


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("；", ";").replace("\n", ";").split(";") if part.strip()]


def _gold(line: str) -> dict[str, Any]:
    """`products/a.md: 年费; 800元`: a document and the words one passage of it must have."""
    path, _, words = line.replace("：", ":").partition(":")
    if not _parts(words):
        raise CannotImport(f"a source is written as `document: words; words`, not as {line!r}")
    return {"path": path.strip(), "contains": _parts(words)}


def _from_json(content: Any) -> list[dict[str, Any]]:
    """What the API gives: gaps, tickets, one conversation or a list of them."""
    if isinstance(content, dict) and "gaps" in content:
        return [_from_gap(gap) for gap in content["gaps"]]
    if isinstance(content, dict) and "tickets" in content:
        content = content["tickets"]
    several = content if isinstance(content, list) else [content]
    if several and all(isinstance(one, dict) and "resolution" in one for one in several):
        return [case for one in several if (case := _from_ticket(one)) is not None]
    return [case for one in several for case in _from_conversation(one)]


def _from_gap(gap: Mapping[str, Any]) -> dict[str, Any]:
    """A question that had no answer: a case once somebody has written down the answer and its source."""
    others = dict.fromkeys(
        mask(one["question"]) for one in gap.get("questions", ()) if one["question"] != gap["question"]
    )
    told = [f"asked {gap['count']} times", *(f"also: {text}" for text in list(others)[:3])]
    return {"tag": "gap", "question": mask(gap["question"]), "note": "; ".join(told)}


def _from_ticket(ticket: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an agent answered stands as the reference; None for a ticket without a question or a resolution."""
    summary = ticket.get("summary") or {}
    question = summary.get("reusable_question") or ticket.get("question") or summary.get("question")
    if not question or not ticket["resolution"]:
        return None
    return {"tag": "resolution", "question": mask(question), "reference": mask(ticket["resolution"])}


def _from_conversation(conversation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One case a question that was answered by the bot; what came before it is its history."""
    if "messages" not in conversation:
        raise CannotImport("the JSON is no conversation as the API gives it: it has no messages")
    cases: list[dict[str, Any]] = []
    asked: list[str] = []
    for message in conversation["messages"]:
        if message["role"] == "customer":
            asked.append(mask(message["text"]))
        elif message["role"] == "bot" and asked and message.get("status") in _STATUSES:
            case: dict[str, Any] = {"tag": "conversation", "question": asked[-1], "expect": message["status"]}
            if len(asked) > 1:
                case["history"] = asked[:-1]
            if message["status"] in ("refused", "handed_off"):
                case["reason"] = message["reason"]
            else:
                case["reference"] = mask(message["text"])
            cited = [f"{one['title']} › {one['section']}" for one in message.get("citations", ())]
            if cited:
                case["note"] = "cited: " + "; ".join(cited)
            cases.append(case)
    return cases


def _numbered(cases: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every other case is unseen: it only measures."""
    return [{"id": f"i{at:03}", **case, "seen": at % 2 == 1} for at, case in enumerate(cases, 1)]


def lacking(case: Mapping[str, Any]) -> list[str]:
    """What a person must still add before the case can be measured."""
    ending = case.get("expect", "answered")
    wanted = {"answered": ("answer_facts", "gold"), "refused": ("reason",), "handed_off": ("reason",)}.get(ending, ())
    return [name for name in wanted if not case.get(name)]


def as_yaml(name: str, cases: Sequence[Mapping[str, Any]], today: date | None = None) -> str:
    """The suite as a file, with a comment over each case that is not whole yet."""
    day = today or datetime.now(UTC).date()
    lines = [f"name: {name}", f"as_of: {day}", "expect: answered", "cases:"]
    for case in cases:
        if missing := lacking(case):
            lines.append(f"# to be added: {', '.join(missing)}")
        lines += yaml.safe_dump([dict(case)], allow_unicode=True, sort_keys=False, width=1000).splitlines()
    return "\n".join(lines) + "\n"
