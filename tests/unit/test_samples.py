"""The sample corpus: whole, fictional and saying so, and read by our own loaders into passages that answer."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from eval.cases import Case, Suite, load_suites
from eval.corpus import SAMPLES, Entry, read_corpus
from eval.metrics import holds
from ingestion.load import load
from ingestion.splitting import Piece, split
from ingestion.structure import recognise

CORPUS = read_corpus()
ENTRIES = {entry.path: entry for entry in CORPUS.entries}
SUITES = load_suites(["sample"])
CASES = [(suite, case) for suite in SUITES for case in suite.cases]


@cache
def pieces(path: str) -> tuple[Piece, ...]:
    loaded = load(path, (SAMPLES / path).read_bytes())
    return tuple(split(recognise(loaded), ENTRIES[path].title))


def text(path: str) -> str:
    return "\n".join(f"{piece.question}\n{piece.text}" for piece in pieces(path))


def test_the_manifest_names_every_file_once_and_no_other() -> None:
    files = {
        str(path.relative_to(SAMPLES)) for path in SAMPLES.rglob("*") if path.is_file() and path.name != "manifest.json"
    }
    assert sorted(entry.path for entry in CORPUS.entries) == sorted(files)


def test_titles_are_shared_only_by_versions_of_one_document() -> None:
    for entry in CORPUS.entries:
        same = [other for other in CORPUS.entries if other.title == entry.title]
        assert len({other.document_id or other.path for other in same}) == 1, entry.title


def test_versions_of_one_document_never_hold_on_the_same_day() -> None:
    versions: dict[str, list[Entry]] = {}
    for entry in CORPUS.entries:
        if entry.document_id:
            versions.setdefault(entry.document_id, []).append(entry)
    assert versions
    for found in versions.values():
        assert len(found) > 1
        ordered = sorted(found, key=lambda entry: str(entry.valid_from))
        for earlier, later in pairwise(ordered):
            assert earlier.valid_to is not None
            assert later.valid_from is not None
            assert earlier.valid_to < later.valid_from


@pytest.mark.parametrize("path", sorted(ENTRIES))
def test_every_document_says_that_it_is_fictional(path: str) -> None:
    assert "虚构示例" in text(path)


def test_the_corpus_has_every_format_and_every_risk_level() -> None:
    assert {Path(entry.path).suffix for entry in CORPUS.entries} == {".csv", ".docx", ".html", ".md", ".pdf", ".txt"}
    assert {entry.risk_level for entry in CORPUS.entries} >= {"R1", "R2", "R3", "R4", "R5"}
    assert {entry.audience for entry in CORPUS.entries} == {"public", "staff"}


def test_questions_and_answers_are_at_least_eighty_over_all_topics() -> None:
    pairs = [piece for piece in pieces("faq/faq.csv") if piece.question]
    assert len({pair.question for pair in pairs}) >= 80
    assert len({pair.section for pair in pairs}) >= 8


def test_regulation_digests_name_their_sources() -> None:
    digests = [entry.path for entry in CORPUS.entries if entry.kind == "regulation" and entry.audience == "public"]
    assert len(digests) >= 6
    for path in digests:
        assert re.search(r"依据：.*《.+》.*(?:〔\d{4}〕|第\d+号|\d{4}年\d+月\d+日)", text(path)), path


def test_what_counsel_must_confirm_is_marked() -> None:
    for name in ("2025年第7号", "2020年第3号", "2021年第4号"):
        holding = [path for path in ENTRIES if ENTRIES[path].kind == "regulation" and name in text(path)]
        assert holding
        assert all("待确认" in text(path) for path in holding), name


@pytest.mark.parametrize("path", [path for path in sorted(ENTRIES) if ENTRIES[path].risk_level])
def test_wealth_products_carry_their_warnings(path: str) -> None:
    said = text(path)
    assert ENTRIES[path].risk_level in said
    assert re.search(r"不保证本金和收益|具有投资风险", said)
    if "业绩比较基准" in said:
        assert "不是预期收益率" in said
        assert re.search(r"依据|选择该基准|测算", said)
    assert re.search(r"过往业绩不代表其未来表现", said)


@pytest.mark.parametrize(("suite", "case"), CASES, ids=[case.id for _, case in CASES])
def test_each_gold_passage_is_read_from_its_file(suite: Suite, case: Case) -> None:
    for gold in case.gold:
        entry = ENTRIES[gold.path]
        assert entry.in_force(suite.day(case)), gold.path
        assert entry.audience == "public"
        rows = [
            {"title": entry.title, "section": piece.section, "question": piece.question, "text": piece.text}
            for piece in pieces(gold.path)
        ]
        assert any(holds(gold, row, CORPUS) for row in rows), gold
