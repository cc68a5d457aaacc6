"""One file a format, each a function `load(content) -> Loaded`; only the reader process imports them."""

from __future__ import annotations

import importlib
from typing import cast

from ingestion.blocks import Loaded
from ingestion.inspection import format_of


def load(path: str, content: bytes) -> Loaded:
    """The visible text of a file. Raises PreparationFailed."""
    module = importlib.import_module(f"ingestion.load.{format_of(path)}")  # the libraries behind a format load late
    return cast(Loaded, module.load(content))
