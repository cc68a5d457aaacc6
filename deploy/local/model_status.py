"""How far the language model is: a small file in the data folder, written by its launcher, read by the service.

    {"status": "loading" | "ready" | "failed", "stage": …, "percent": 0..100 of the whole way, "title": Chinese,
     "pid": the launcher's, "updated_at": RFC 3339}

The service never takes "ready" from it without asking the model itself.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Stage = Literal["installing", "downloading", "unpacking", "starting", "ready", "failed"]

FILE = "model_status.json"

# Each stage's share of the way, as start and end in percent: about its share of the time on two cores.
_SPANS: dict[Stage, tuple[int, int]] = {
    "installing": (0, 20),
    "downloading": (20, 35),
    "unpacking": (35, 65),
    "starting": (65, 100),
    "ready": (100, 100),
    "failed": (0, 0),
}
_TITLES: dict[Stage, str] = {
    "installing": "正在安装 vLLM 运行环境，先用文件原文回答",
    "downloading": "正在下载语言模型，先用文件原文回答",
    "unpacking": "正在校验并转换语言模型，先用文件原文回答",
    "starting": "vLLM 正在加载语言模型，先用文件原文回答",
    "ready": "语言模型已就绪",
    "failed": "语言模型未能启动，继续用文件原文回答",
}


class ModelStatus:
    """The writing side. Every report replaces the file in one rename, so that no reader sees half of it."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._last: tuple[Stage, int, str] | None = None
        data_dir.mkdir(parents=True, exist_ok=True)

    def report(self, stage: Stage, share: float = 0.0, title: str = "") -> None:
        """share: 0..1 of this stage. title: only where the usual one says too little."""
        start, end = _SPANS[stage]
        percent = int(start + (end - start) * min(max(share, 0.0), 1.0))
        said = (stage, percent, title or _TITLES[stage])
        if said == self._last:
            return
        self._last = said
        status = stage if stage in {"ready", "failed"} else "loading"
        body = {
            "status": status,
            "stage": stage,
            "percent": percent,
            "title": said[2],
            "pid": os.getpid(),
            "updated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        fresh = self._path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(body, ensure_ascii=False))
        fresh.replace(self._path)

    def clear(self) -> None:
        """Nothing is being prepared any more."""
        self._path.unlink(missing_ok=True)


def read(data_dir: Path) -> dict[str, Any] | None:
    """The last report, or None where there is none."""
    try:
        said = json.loads((data_dir / FILE).read_text())
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None
