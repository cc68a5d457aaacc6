"""Ingestion on Ray: what travels between its workers and the one who writes, and the whole command beside the local
one. The command needs Ray, which is an installation of its own: its test makes one and runs in `make test-long`."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.composition import open_index
from app.errors import AppError
from app.knowledge.index import IndexPoint, SparseVector
from app.knowledge.passage import Passage, passage_id, text_sha256
from app.knowledge.preparing import KeptOut, Metadata, Notice, PreparationFailed, Prepared, Source
from app.settings import Settings
from deploy.local.environments import cache_dir, ensure
from eval.loopback import serving
from ingestion.command import main
from ingestion.ray_stage import key_of, packed_answer, packed_problem, unpacked_answer
from tests.fake_embeddings import FakeEmbeddings
from tests.fixtures.hard_pack import mixed, pack, write

ROOT = Path(__file__).resolve().parents[2]


def passage(ordinal: int, text: str) -> Passage:
    return Passage(
        id=passage_id("", 0, ordinal, text),
        document_id="",
        version=0,
        ordinal=ordinal,
        tenant="",
        kind="faq",
        title="利率",
        section="存款",
        text=text,
        sha256=text_sha256(text),
        valid_from=date(2026, 1, 1),
    )


def test_what_a_worker_prepared_arrives_as_it_was() -> None:
    points = [
        IndexPoint(
            passage(at, text),
            {"dense": np.array([at, 0.5], np.float32), "sentences": np.full((at + 1, 2), at, np.float32)},
            {"lexical": SparseVector((1, 7 + at), (0.25, 1.5))},
        )
        for at, text in enumerate(("一年期0.95%", "三年期1.25%"))
    ]
    made = Prepared(
        Metadata(kind="faq", title="利率", valid_from=date(2026, 1, 1), left_empty=("valid_to",)),
        points,
        [Notice("kind_proposed", "请核对")],
        3,
        [KeptOut("藏着的话", "存款", 2, "hidden_text")],
    )
    came = unpacked_answer(packed_answer(made))
    assert (came.metadata, came.warnings, came.pages, came.kept_out) == (
        made.metadata,
        made.warnings,
        made.pages,
        made.kept_out,
    )
    for sent, held in zip(points, came.points, strict=True):
        assert held.passage == sent.passage
        assert held.sparse == sent.sparse
        assert {name: vector.tolist() for name, vector in held.dense.items()} == {
            name: vector.tolist() for name, vector in sent.dense.items()
        }


def test_a_file_that_failed_on_a_worker_fails_here_with_all_that_was_said_of_it() -> None:
    failed = PreparationFailed("没有文字", code="no_text", status=422)
    failed.warnings, failed.kept_out = [Notice("hidden_text", "有隐藏文字")], [KeptOut("密", "", None, "hidden_text")]
    with pytest.raises(PreparationFailed) as raised:
        unpacked_answer(packed_problem(failed))
    came = raised.value
    assert (came.code, came.title, came.status) == ("no_text", "没有文字", 422)
    assert (came.warnings, came.kept_out) == (failed.warnings, failed.kept_out)
    with pytest.raises(AppError, match="encoding_failed") as other:
        unpacked_answer(packed_problem(AppError("暂不可用", code="encoding_failed", status=503)))
    assert not isinstance(other.value, PreparationFailed)


def test_a_file_is_known_again_by_its_bytes_name_and_metadata() -> None:
    key = key_of(Source("a.md", b"x"), Metadata(title="甲"))
    assert key == key_of(Source("a.md", b"x"), Metadata(title="甲"))
    others = [
        key_of(Source("a.md", b"y"), Metadata(title="甲")),
        key_of(Source("b.md", b"x"), Metadata(title="甲")),
        key_of(Source("a.md", b"x"), Metadata(title="乙")),
        key_of(Source("a.md", b"x"), Metadata(title="甲", left_empty=("valid_to",))),
    ]
    assert len({key, *others}) == 5


def test_without_ray_the_command_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WENDA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("WENDA_EMBEDDING__BASE_URL", "http://127.0.0.1:9/v1")
    (tmp_path / "a.md").write_text("年费10元。")
    assert main([str(tmp_path / "a.md"), "--engine", "ray"]) == 1
    said = capsys.readouterr().err
    assert "ray_missing" in said
    assert "没有安装 Ray" in said


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_ray_gives_the_passages_and_outcomes_of_the_local_engine(tmp_path: Path) -> None:
    """Every format, every refusal, an archive, versions of one document, and a second run that changes nothing."""
    folder = tmp_path / "documents"
    write(folder, {path: entry.content for path, entry in pack().items()} | dict(mixed(30)))
    (folder / "2025.md").write_text("# 年费\n\n金卡年费200元。\n")
    (folder / "2026.md").write_text("# 年费\n\n金卡年费300元。\n")
    entries = [
        {"path": f"{year}.md", "document_id": "fees", "title": "年费", "valid_from": f"{year}-01-01"}
        for year in (2025, 2026)
    ]
    (folder / "manifest.json").write_text(json.dumps(entries))
    python = await asyncio.to_thread(ensure, "service", cache_dir(), "ray")
    async with serving(FakeEmbeddings(64).app) as url:
        local = await _run(python, tmp_path / "local", url, folder)
        ray = await _run(python, tmp_path / "ray", url, folder, "--engine", "ray")
        again = await _run(python, tmp_path / "ray", url, folder, "--engine", "ray")
    assert "在本机读取" not in ray.stderr + again.stderr, "all files were to be read by Ray's workers"
    assert "由 Ray 读取" in ray.stderr
    assert _table(ray.stdout) == _table(local.stdout)
    assert local.returncode == ray.returncode == 1, "the bad files fail"
    assert ray.stdout.count("新建") > 40
    assert _rows(again.stdout, "未变") == _rows(ray.stdout, "新建", "新版本")
    assert _shape(await _passages(tmp_path / "ray", url)) == _shape(await _passages(tmp_path / "local", url))


async def _run(python: Path, data: Path, url: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WENDA_", "RAY_"))} | {
        "PYTHONPATH": str(ROOT),
        "WENDA_DATA_DIR": str(data),
        "WENDA_URL": "http://127.0.0.1:9",
        "WENDA_EMBEDDING__BASE_URL": f"{url}/v1",
        "WENDA_EMBEDDING__MODEL": "fake",
        "WENDA_EMBEDDING__DIMENSION": "64",
    }
    command = [str(python), "-m", "ingestion", str(folder), *options]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, env=environment, cwd=data.parent, timeout=900
    )
    print(done.stderr[-2000:])
    return done


def _table(printed: str) -> list[str]:
    return [line.rstrip() for line in printed.splitlines() if line.strip()]


def _rows(printed: str, *outcomes: str) -> int:
    """How many files had one of these outcomes. The last line, which counts them, is none."""
    rows = printed.strip().splitlines()[:-1]
    return sum(row.count(name) for row in rows for name in outcomes)


async def _passages(data: Path, url: str) -> list[Passage]:
    settings: Any = Settings(_env_file=None, data_dir=data, embedding={"base_url": f"{url}/v1", "dimension": 64})
    async with open_index(settings) as index:
        return [one async for one in index.scroll(settings.tenant)]


def _shape(passages: list[Passage]) -> list[Any]:
    """All of every passage but which document it belongs to, whose id is drawn; its own id must follow from that."""
    for one in passages:
        assert one.id == passage_id(one.document_id, one.version, one.ordinal, one.text)
    names = ("version", "ordinal", "tenant", "kind", "title", "section", "text", "sha256", "question", "page")
    more = ("product_code", "risk_level", "valid_from", "valid_to", "audience", "approved")
    return sorted(tuple(str(getattr(one, name)) for name in (*names, *more)) for one in passages)
