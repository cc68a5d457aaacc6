"""The sample corpus, ingested once for each data folder: again only when its files have changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.environments import CannotPrepare

SAMPLES = Path(__file__).resolve().parents[2] / "ingestion" / "samples"

_MARKER = "samples.sha256"


def ingest_once(data_dir: Path, environment: Mapping[str, str]) -> bool:
    """Whether it had to be ingested now. environment: of the ingestion command. Raises CannotPrepare."""
    marker = data_dir / _MARKER
    digest = corpus_digest(SAMPLES)
    if marker.exists() and marker.read_text().strip() == digest:
        return False
    command = [sys.executable, "-m", "ingestion", str(SAMPLES), "--approve"]
    done = subprocess.run(command, cwd=SAMPLES.parents[1], env=dict(environment), stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise CannotPrepare("示例资料入库失败，原因见上表；可用 SAMPLES=0 跳过示例资料。")
    fresh = marker.with_suffix(f".{os.getpid()}")
    fresh.write_text(digest + "\n")
    fresh.replace(marker)
    return True


def corpus_digest(folder: Path) -> str:
    """sha256 over every file's path and bytes, in the order of the paths."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
