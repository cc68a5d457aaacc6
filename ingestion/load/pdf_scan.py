"""Scanned pages: the page's image through RapidOCR, whose models are files of its package; nothing is downloaded.

An extra (`ocr`): without it pages of images stay unread and say so. Runs in the reader process, on one thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingestion.load.pdf_lines import Line, Segment, together
from ingestion.ocr import ocr_is_installed

_DPI = 200
_MOST_PIXELS = 6_000_000
_LEAST_SURE = 0.5
_INK = 0.86  # of a line's box is taken by its letters


@dataclass(frozen=True, slots=True)
class Scan:
    """confidence: 0..1, the mean of its letters' lines. Coordinates as in pdf_page."""

    lines: Sequence[Line]
    confidence: float
    width: float
    height: float


def open_recogniser() -> Recogniser | None:
    """None without the extra."""
    return Recogniser() if ocr_is_installed() else None


class Recogniser:
    """The models load with the first page that needs them."""

    def __init__(self) -> None:
        self._engine: Any = None

    def read(self, page: Any, number: int) -> Scan:
        """page: a pypdfium2 PdfPage."""
        width, height = page.get_size()
        scale = min(_DPI / 72, (_MOST_PIXELS / (width * height)) ** 0.5)
        bitmap = page.render(scale=scale, rev_byteorder=False)
        try:
            found = self._opened()(bitmap.to_numpy()[:, :, :3])
        finally:
            bitmap.close()
        texts, boxes, scores = found.txts or (), found.boxes, found.scores or ()
        segments: list[Segment] = []
        weight = sure = 0.0
        for text, box, score in zip(texts, boxes if boxes is not None else (), scores, strict=True):
            if not text.strip() or score < _LEAST_SURE:
                continue
            weight += len(text)
            sure += len(text) * float(score)
            segments.append(_segment(text.strip(), box, scale, height))
        return Scan(together(segments, number), sure / weight if weight else 0.0, width, height)

    def _opened(self) -> Any:
        if self._engine is None:
            import rapidocr

            models = Path(rapidocr.__file__).parent / "models"
            self._engine = rapidocr.RapidOCR(
                params={
                    "Global.log_level": "critical",
                    "Global.use_cls": False,
                    "Det.model_path": str(_model(models, "*det*.onnx")),
                    "Rec.model_path": str(_model(models, "*rec*.onnx")),
                    "Cls.model_path": str(_model(models, "*cls*.onnx")),
                    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                }
            )
        return self._engine


def _model(folder: Path, pattern: str) -> Path:
    """The packaged file: a path that exists is never fetched. Raises FileNotFoundError."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise FileNotFoundError(pattern)
    return found[0]


def _segment(text: str, box: Any, scale: float, height: float) -> Segment:
    xs, ys = [float(point[0]) / scale for point in box], [height - float(point[1]) / scale for point in box]
    bottom, top = min(ys), max(ys)
    return Segment(text, min(xs), max(xs), bottom, top, _INK * (top - bottom))
