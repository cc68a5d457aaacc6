"""Whether scanned pages can be recognised here: the optional part `ocr` of the installation."""

from __future__ import annotations

from importlib.util import find_spec


def ocr_is_installed() -> bool:
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None
