"""Cases drafted from approved documents, for a person to confirm: nothing here is measured before somebody has read it.

Of each passage: a fact, a table's cell, a calculation, a negation, a follow-up, and a question that nothing answers
because the document is not in force yet on the day it is asked (taken away by the product's own dates).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import httpx

_UNIT = r"(?:万元|元|%|‰|天|日|个工作日|个月|年|次|岁|小时|倍)"
_FACT = re.compile(
    rf"(?:^|[，。；;\n])\s*([一-鿿A-Za-z（）]{{3,18}}?)(?:统一)?(?:为|是|：)(?:每[一-鿿]{{1,2}})?(\d[\d,.]*\s*{_UNIT})"
)
_FIELD = re.compile(r"([^：；\n|]{1,14})：([^：；\n|]{1,24})")
_NOT = "不得|不能|不可以|不可|不支持"
_DENIED = re.compile(rf"(?:^|[，。；;\n])\s*([一-鿿]{{2,12}}?)({_NOT})([一-鿿]{{2,14}})(?=[，。；;\n])")
_PRICED = re.compile(r"费|金$|税")
_RATE = re.compile(r"(\d+(?:\.\d+)?)%$")
_SUM = 100_000
KINDS = ("fact", "table", "calculation", "negation", "follow_up", "removed")
# So many of each kind from one document: a long table would fill a suite by itself.
_MOST = 3


@dataclass(frozen=True, slots=True)
class Source:
    """One passage of a document in force. path: under the corpus, or the title where there is no file."""

    path: str
    title: str
    text: str
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a table as a passage tells it: its first field names it."""

    key: tuple[str, str]
    fields: tuple[tuple[str, str], ...]


def drafted(sources: Sequence[Source]) -> list[dict[str, Any]]:
    """Every other case is unseen. Kinds take turns over the documents, so that a short list has all of them."""
    made: dict[tuple[str, str], list[dict[str, Any]]] = {}
    asked: set[tuple[str, str]] = set()
    for source in sources:
        for case in _of(source):
            own = made.setdefault((case["tag"], source.title), [])
            key = (case["question"], str(case.get("as_of", "")) + str(case.get("history", "")))
            if len(own) < _MOST and key not in asked:
                asked.add(key)
                own.append(case)
    order = sorted(made, key=lambda key: KINDS.index(key[0]))
    cases = [case for key in order for case in made[key]]
    return [{"id": f"d{at:03}", **case, "seen": at % 2 == 1} for at, case in enumerate(cases, 1)]


def _of(source: Source) -> Iterator[dict[str, Any]]:
    name = _plain_title(source.title)
    told = "\n".join(line for line in source.text.splitlines() if len(_FIELD.findall(line)) < 2)
    for subject, value in _FACT.findall(told):
        value = value.replace(" ", "")
        yield _case("fact", source, f"{name}的{subject}是多少？", [value], [subject, value])
        if (rate := _RATE.search(value)) and _PRICED.search(subject):
            amount = f"{float(rate[1]) / 100 * _SUM:g}元"
            question = f"按{name}，{_SUM // 10000}万元对应的{subject}是多少元？"
            yield _case("calculation", source, question, [amount], [subject, value])
        if source.valid_from:
            day = source.valid_from - timedelta(days=1)
            yield {
                "tag": "removed",
                "question": f"{name}的{subject}是多少？",
                "as_of": day,
                "expect": "abstained",
                "note": f"{day}前没有别的资料回答时才成立：{source.path}",
            }
    rows = _rows(source.text)
    for row in rows:
        for field, value in row.fields[:1]:
            question = f"{name}里{row.key[0]}{row.key[1]}的{field}是多少？"
            yield _case("table", source, question, [value], [row.key[1], value])
    for first, second in pairwise(rows):
        (field, value), *_ = second.fields
        if first.key[0] == second.key[0] and first.fields[0][0] == field:
            history = [f"{name}里{first.key[0]}{first.key[1]}的{field}是多少？"]
            yield _case("follow_up", source, f"那{second.key[1]}呢？", [value], [second.key[1], value]) | {
                "history": history
            }
    for subject, denied, what in _DENIED.findall(source.text):
        question = f"{name}，{subject}可以{what}吗？"
        yield _case("negation", source, question, [_NOT], [f"{denied}{what}"])


def _case(tag: str, source: Source, question: str, facts: list[str], snippets: list[str]) -> dict[str, Any]:
    return {
        "tag": tag,
        "question": question,
        "answer_facts": facts,
        "gold": [{"path": source.path, "contains": snippets}],
    }


def _rows(text: str) -> list[_Row]:
    rows = []
    for line in text.splitlines():
        fields = [(name.strip(), value.strip("。 ")) for name, value in _FIELD.findall(line.lstrip("-*• "))]
        if len(fields) >= 2 and all(any(letter.isdigit() for letter in value) for _, value in fields[1:2]):
            rows.append(_Row(fields[0], tuple(fields[1:])))
    return rows


def _plain_title(title: str) -> str:
    return re.sub(r"(?:产品)?(?:说明书|介绍|手册|办法|条款)$", "", title) or title


async def sources_of(client: httpx.AsyncClient, paths: dict[str, str]) -> list[Source]:
    """Every passage of the versions in force. client: logged in as staff. paths: of the corpus, by title.

    Raises httpx.HTTPError.
    """
    told: list[Source] = []
    listed = (await client.get("/v1/documents", params={"status": "approved"})).raise_for_status().json()
    for document in listed["documents"]:
        whole = (await client.get(f"/v1/documents/{document['document_id']}")).raise_for_status().json()
        for version in whole["versions"]:
            if version["status"] != "approved":
                continue
            path = f"/v1/documents/{document['document_id']}/versions/{version['version']}/passages"
            passages = (await client.get(path)).raise_for_status().json()["passages"]
            since = date.fromisoformat(version["valid_from"]) if version["valid_from"] else None
            title = str(document["title"])
            told += [Source(paths.get(title, title), title, str(row["text"]), since) for row in passages]
    return told
