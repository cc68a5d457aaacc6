"""Folders: which files are documents, in what order, and what the manifest says about them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingestion.manifest import BadManifest, find_files, missing_files


def folder(root: Path, entries: list[dict[str, Any]] | None, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("正文")
    if entries is not None:
        (root / "manifest.json").write_text(json.dumps(entries), encoding="utf-8")
    return root


def test_dot_files_and_the_manifest_are_no_documents(tmp_path: Path) -> None:
    folder(tmp_path, [], "b.md", "a/c.md", ".hidden.md", ".git/d.md", "a/~$c.docx")
    assert [family[0].path for family in find_files(tmp_path)] == ["a/c.md", "b.md"]


def test_metadata_comes_from_the_manifest_and_the_kind_fills_its_gaps(tmp_path: Path) -> None:
    entries = [{"path": "a.md", "kind": "faq", "title": "问答", "valid_from": "2026-07-01", "risk_level": ""}]
    first, second = find_files(folder(tmp_path, entries, "a.md", "b.md"), "product")
    assert (first[0].metadata.kind, first[0].metadata.valid_from) == ("faq", date(2026, 7, 1))
    assert second[0].metadata.kind == "product"


def test_files_of_one_document_come_oldest_first(tmp_path: Path) -> None:
    entries = [
        {"path": "a-new.md", "document_id": "x", "valid_from": "2026-07-01"},
        {"path": "b-old.md", "document_id": "x", "valid_from": "2025-07-01"},
    ]
    families = find_files(folder(tmp_path, entries, "a-new.md", "b-old.md", "c.md"))
    assert [[one.path for one in family] for family in families] == [["b-old.md", "a-new.md"], ["c.md"]]


def test_one_file_is_known_by_its_name_in_its_folder(tmp_path: Path) -> None:
    entries = [{"path": "a.md", "title": "甲"}]
    ((found,),) = find_files(folder(tmp_path, entries, "a.md", "b.md") / "a.md")
    assert (found.path, found.metadata.title) == ("a.md", "甲")


@pytest.mark.parametrize(
    "entries",
    [
        [{"path": "a.md", "kind": "poem"}],
        [{"path": "a.md", "risk_level": "R9"}],
        [{"path": "a.md", "titel": "x"}],
        [{"title": "x"}],
        [{"path": "a.md"}, {"path": "./a.md"}],
    ],
)
def test_a_manifest_with_a_mistake_is_refused(tmp_path: Path, entries: list[dict[str, Any]]) -> None:
    with pytest.raises(BadManifest):
        find_files(folder(tmp_path, entries, "a.md"))


def test_files_the_manifest_names_in_vain_are_told(tmp_path: Path) -> None:
    assert missing_files(folder(tmp_path, [{"path": "a.md"}, {"path": "gone.md"}], "a.md")) == ["gone.md"]
