"""What can be told about a file before anyone reads it."""

from __future__ import annotations

import io
import zipfile

import pytest

from app.knowledge.preparing import PreparationFailed, Source
from ingestion.inspection import inspect

LIMIT = 1000


def package(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return buffer.getvalue()


def code_of(path: str, content: bytes) -> str | None:
    try:
        inspect(Source(path, content), limit=LIMIT)
    except PreparationFailed as failure:
        return failure.code
    return None


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("a.md", b"", "empty_file"),
        ("a.pdf", b"", "empty_file"),
        ("a.txt", b" \r\n\t", "empty_file"),
        ("a.exe", b"MZ", "unknown_format"),
        ("a", b"text", "unknown_format"),
        ("a.pdf", "不是 PDF".encode(), "mislabelled"),
        ("a.docx", b"%PDF-1.7 ...", "mislabelled"),
        ("a.docx", package("xl/workbook.xml"), "mislabelled"),
        ("a.txt", package("word/document.xml"), "mislabelled"),
        ("a.csv", b"a\0b", "mislabelled"),
        ("a.md", b"x" * (LIMIT + 1), "too_large"),
        ("a.md", "# 标题".encode(), None),
        ("目录/A.PDF", b"\n%PDF-1.4\n", None),
        ("a.docx", package("[Content_Types].xml", "word/document.xml"), None),
        ("a.docx", package("word/document.xml")[:40], None),  # damaged: for the parser to name
        ("a.txt", "文字".encode("utf-16"), None),
    ],
    # Archives hold the time they were made: as ids they would differ between two workers.
    ids=lambda value: "bytes" if isinstance(value, bytes) else str(value),
)
def test_each_file_is_accepted_or_named(path: str, content: bytes, code: str | None) -> None:
    assert code_of(path, content) == code


def test_problems_carry_their_status_and_a_sentence_for_people() -> None:
    with pytest.raises(PreparationFailed) as failure:
        inspect(Source("a.zip", b"PK"), limit=LIMIT)
    assert (failure.value.status, "格式" in failure.value.title) == (415, True)
