"""Files to encoded passages through the real child processes, against an embedding endpoint on the loopback."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from app.errors import AppError
from app.knowledge.encoding import DENSE, SENTENCES
from app.knowledge.passage import passage_id
from app.knowledge.preparing import Metadata, PreparationFailed, Prepared, Source
from app.settings import EmbeddingSettings, Settings
from eval.loopback import serving
from eval.pdf_file import PdfPage, pdf_file
from ingestion import create_preparer
from ingestion.preparer import WorkerPreparer
from tests.fake_embeddings import FakeEmbeddings

pytestmark = pytest.mark.asyncio(loop_scope="module")  # the processes are slow to start: one pair for all tests

DIMENSION = 64
PRODUCT = "# 稳健一号\n\n产品代码：WJ001\n\n## 费用\n\n| 项目 | 费率 |\n|---|---|\n| 管理费 | 0.30% |\n".encode()
FAQ = "问题,答案\n" + "".join(f"第{n}个问题？,这是第{n}个答案。\n" for n in range(70))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def preparer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorkerPreparer]:
    async with serving(FakeEmbeddings(DIMENSION).app) as url:
        made = create_preparer(settings(tmp_path_factory.mktemp("data"), f"{url}/v1"))
        assert isinstance(made, WorkerPreparer)
        yield made
        await made.close()


def settings(folder: Path, url: str) -> Settings:
    embedding = EmbeddingSettings(base_url=url, model="fake", dimension=DIMENSION)
    return Settings(data_dir=folder, cache_dir=folder / "cache", embedding=embedding)


async def prepared(preparer: WorkerPreparer, path: str, content: bytes, said: Metadata | None = None) -> Prepared:
    return await preparer.prepare(Source(path, content), said or Metadata(), tenant="demo", document_id="d", version=2)


async def test_a_file_becomes_encoded_drafts_with_their_metadata(preparer: WorkerPreparer) -> None:
    said = Metadata(title="稳健一号说明书", valid_from=date(2026, 1, 1))
    made = await prepared(preparer, "a.md", PRODUCT, said)
    assert (made.metadata.title, made.metadata.product_code, made.metadata.kind) == (
        "稳健一号说明书",
        "WJ001",
        "product",
    )
    assert [warning.code for warning in made.warnings] == ["proposed_product_code"]
    first, second = (point.passage for point in made.points)
    assert (second.section, second.text) == ("费用", "项目：管理费；费率：0.30%")
    assert not first.approved
    assert (first.title, first.tenant, first.version, first.valid_from) == (
        "稳健一号说明书",
        "demo",
        2,
        date(2026, 1, 1),
    )
    for point in made.points:
        assert set(point.dense) == {DENSE, SENTENCES}
        assert point.dense[DENSE].shape == (DIMENSION,)
        assert point.dense[SENTENCES].shape[1:] == (DIMENSION,)
        for vector in (point.dense[DENSE], *point.dense[SENTENCES]):
            assert np.isclose(np.linalg.norm(vector), 1.0, atol=1e-3)
        assert all(len(sparse.indices) == len(sparse.values) > 0 for sparse in point.sparse.values())


async def test_ids_are_the_same_every_time_and_belong_to_the_text(preparer: WorkerPreparer) -> None:
    once, again = await prepared(preparer, "a.md", PRODUCT), await prepared(preparer, "b.md", PRODUCT)
    assert [p.passage.id for p in once.points] == [p.passage.id for p in again.points]
    assert [p.passage.id for p in once.points] == [
        passage_id("d", 2, ordinal, point.passage.text) for ordinal, point in enumerate(once.points)
    ]


async def test_pairs_are_faq_passages_whatever_the_document_is_called(preparer: WorkerPreparer) -> None:
    made = await prepared(preparer, "faq.csv", FAQ.encode(), Metadata(kind="product"))
    assert {(p.passage.kind, bool(p.passage.question)) for p in made.points} == {("faq", True)}
    assert len(made.points) == 70


async def test_progress_counts_up_to_the_whole(preparer: WorkerPreparer) -> None:
    seen: list[tuple[str, int, int]] = []
    await preparer.prepare(
        Source("faq.csv", FAQ.encode()),
        Metadata(),
        tenant="demo",
        document_id="d",
        version=1,
        on_progress=lambda *step: seen.append(step),
    )
    assert seen[0] == ("parse", 0, 1)
    assert [done for step, done, _ in seen if step == "encode"] == [0, 32, 64, 70]
    assert seen[-1] == ("encode", 70, 70)


async def test_bad_files_fail_with_their_code_and_the_next_one_is_read(preparer: WorkerPreparer) -> None:
    codes = []
    for path, content in (
        ("a.md", b""),
        ("a.xyz", b"text"),
        ("a.pdf", b"no pdf"),
        ("a.pdf", b"%PDF-1.7 broken"),
        ("a.pdf", pdf_file([PdfPage().write(60, 700, "秘密")], password="secret")),
        ("a.pdf", pdf_file([PdfPage()])),
        ("a.md", b"<!-- nothing -->"),
    ):
        with pytest.raises(PreparationFailed) as failure:
            await prepared(preparer, path, content)
        codes.append(failure.value.code)
    assert codes == ["empty_file", "unknown_format", "mislabelled", "corrupt", "encrypted", "no_text", "no_text"]
    assert (await prepared(preparer, "a.md", PRODUCT)).points


async def test_a_file_of_which_nothing_is_left_brings_what_was_kept_out(preparer: WorkerPreparer) -> None:
    with pytest.raises(PreparationFailed, match="no_text") as failure:
        await prepared(preparer, "a.html", "<p hidden>年费为零元。</p>".encode())
    assert [item.text for item in failure.value.kept_out] == ["年费为零元。"]


async def test_a_killed_encoder_is_replaced_and_no_passage_is_missing(preparer: WorkerPreparer) -> None:
    await prepared(preparer, "a.md", PRODUCT)
    first = preparer.encoder_pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    made = await prepared(preparer, "faq.csv", FAQ.encode())
    assert [p.passage.ordinal for p in made.points] == list(range(70))
    assert preparer.encoder_pid != first


async def test_files_prepared_together_do_not_mix(preparer: WorkerPreparer) -> None:
    made = await asyncio.gather(*(prepared(preparer, f"{n}.md", f"# 题{n}\n\n正文{n}。".encode()) for n in range(6)))
    assert [one.points[0].passage.text for one in made] == [f"正文{n}。" for n in range(6)]


async def test_an_embedder_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    preparer = create_preparer(settings(tmp_path, "http://127.0.0.1:9/v1"))
    with pytest.raises(AppError) as failure:
        await preparer.prepare(Source("a.md", PRODUCT), Metadata(), tenant="t", document_id="d", version=1)
    assert failure.value.code == "embedding_unavailable"
    await preparer.close()
