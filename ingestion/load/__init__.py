"""One file a format, each a function `load(content) -> Loaded`; only the reader process imports them."""

from __future__ import annotations

import importlib
from typing import cast

from ingestion.blocks import Loaded
from ingestion.inspection import format_of


def load(path: str, content: bytes, *, ocr: bool = False) -> Loaded:
    """The visible text of a file. ocr: also of scanned pages, see pdf_scan. Raises PreparationFailed."""
    kind = format_of(path)
    module = importlib.import_module(f"ingestion.load.{kind}")  # the libraries behind a format load late
    return cast(Loaded, module.load(content, ocr=True) if ocr and kind == "pdf" else module.load(content))
