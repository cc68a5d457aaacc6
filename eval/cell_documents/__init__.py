"""The documents of the cell questions: fictional bank tables, written by code in every format that has tables.

A format is one module with `files() -> {name: bytes}`; the same bytes every time, so that an ingested copy can be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from eval.cell_documents import letters, pages, papers, workbooks

FORMATS: tuple[Callable[[], Mapping[str, bytes]], ...] = (workbooks.files, letters.files, pages.files, papers.files)


def write(folder: Path) -> None:
    """Every document into the folder."""
    for files in FORMATS:
        for name, content in files().items():
            (folder / name).write_bytes(content)
