"""The cell suite: enough questions, half unseen, each answerable by its own document, and a gate that can fail."""

from __future__ import annotations

from collections import Counter

import pytest

from app.knowledge.preparing import Metadata
from eval.cell_documents import FORMATS
from eval.cells import Asked, as_text, crossed, load_cells, rank_of, scores
from ingestion.reader import read

CASES = load_cells()


def test_there_are_enough_questions_of_every_format_and_half_are_unseen() -> None:
    assert len(CASES) >= 60
    assert min(Counter(case.format for case in CASES).values()) >= 20
    for name in {case.format for case in CASES}:
        seen = sum(case.seen for case in CASES if case.format == name)
        assert abs(2 * seen - sum(case.format == name for case in CASES)) <= 2


def test_documents_are_the_same_bytes_every_time() -> None:
    for files in FORMATS:
        assert files() == files()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_question_has_its_row_in_its_own_document(case: object) -> None:
    documents = {name: content for files in FORMATS for name, content in files().items()}
    made = read(case.document, documents[case.document], Metadata(), lambda _: None)  # type: ignore[attr-defined]
    passages = [{"document_id": "d", "text": piece["text"]} for piece in made["pieces"]]
    assert rank_of(case, passages, {"d": case.document}) is not None  # type: ignore[arg-type,attr-defined]


def test_a_row_counts_only_in_one_line_of_the_right_document() -> None:
    case = CASES[0]
    right = "期限：三年；年利率·金卡客户：1.40%"
    torn = "期限：三年\n年利率·金卡客户：1.40%"
    paths = {"a": case.document, "b": "另一份.xlsx"}
    assert rank_of(case, [{"document_id": "b", "text": right}, {"document_id": "a", "text": right}], paths) == 2
    assert rank_of(case, [{"document_id": "a", "text": torn}], paths) is None


def test_the_gate_holds_and_falls_by_half_and_by_format() -> None:
    right = [Asked(case, 1, []) for case in CASES]
    assert crossed(right, 0.95) == []
    spoilt = [Asked(case, 4 if case.format == "docx" and not case.seen else 3, []) for case in CASES]
    assert {line.split()[0] for line in crossed(spoilt, 0.95)} == {"unseen", "docx"}
    assert scores(spoilt)["docx"]["seen"].mean == 1.0
    assert "below its gate" in as_text(spoilt, 0.95)
