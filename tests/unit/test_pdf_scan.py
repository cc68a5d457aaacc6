"""Scanned pages through the real recogniser, and pictures of pages: nothing is fetched, what was guessed is said."""

from __future__ import annotations

import socket
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.knowledge.preparing import Metadata, PreparationFailed, Source
from app.settings import EmbeddingSettings, Settings
from eval.loopback import serving
from eval.pdf_file import PdfPage, pdf_file
from ingestion.blocks import Paragraph, Table
from ingestion.load import load
from ingestion.load.pdf_image import render
from ingestion.preparer import WorkerPreparer
from tests.fake_embeddings import FakeEmbeddings
from tests.fixtures.hard_pdfs import FONT, chinese_font, drawn, picture, scanned

SCAN = [(120, 200, "Product code WJ001"), (120, 300, "Management fee 0.30% per year")]
chinese = pytest.mark.skipif(chinese_font() is None, reason="no Chinese font on this machine (fonts-noto-cjk)")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something wanted to connect")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_a_scanned_page_is_recognised_offline_and_says_how_sure_it_is(no_network: None) -> None:
    loaded = load("a.pdf", scanned([SCAN]), ocr=True)
    text = " ".join(block.text for block in loaded.blocks if isinstance(block, Paragraph))
    assert "WJ001" in text
    assert "0.30%" in text
    (notice,) = loaded.warnings
    assert notice.code == "ocr_used"
    assert "第 1 页" in notice.title
    assert "%" in notice.title


def test_only_pages_without_text_are_recognised() -> None:
    def paint(canvas: Any) -> None:
        canvas.drawString(60, 700, "第一页是文字。")
        canvas.showPage()
        canvas.drawInlineImage(picture(SCAN, None), 0, 0, 595, 842)
        canvas.showPage()
        canvas.setFont(FONT, 11)
        canvas.drawString(60, 700, "第三页也是文字。")

    loaded = load("a.pdf", drawn(paint), ocr=True)
    assert [block.page for block in loaded.blocks if isinstance(block, Paragraph)][::2] in ([1, 2], [1, 3], [1, 2, 3])
    assert Paragraph("第三页也是文字。", 3) in loaded.blocks
    assert [(notice.code, "第 2 页" in notice.title) for notice in loaded.warnings] == [("ocr_used", True)]


def test_a_scan_with_an_invisible_text_layer_is_read_from_its_picture() -> None:
    """The layer may say something else than the picture, and nobody would see it."""

    def paint(canvas: Any) -> None:
        canvas.drawInlineImage(picture(SCAN, None), 0, 0, 595, 842)
        layer = canvas.beginText(60, 700)
        layer.setTextRenderMode(3)
        layer.textLine("本产品保本保收益。")
        canvas.drawText(layer)

    loaded = load("a.pdf", drawn(paint), ocr=True)
    assert not any("保本" in block.text for block in loaded.blocks if isinstance(block, Paragraph))
    assert [notice.code for notice in loaded.warnings] == ["ocr_used"]
    assert [item.code for item in loaded.left_out] == ["hidden_text"]


@chinese
def test_rows_of_a_scanned_table_keep_their_cells_together() -> None:
    rows = [
        ("渠道", "同行转账", "跨行转账"),
        ("手机银行", "免费", "2元"),
        ("柜台", "3元", "5元"),
        ("网上银行", "1元", "4元"),
    ]
    page = [
        (x, 300 + 70 * at, cell) for at, row in enumerate(rows) for x, cell in zip((120, 450, 800), row, strict=True)
    ]
    (table,) = load("a.pdf", scanned([page], font=chinese_font()), ocr=True).blocks
    assert isinstance(table, Table)
    assert [table.header, *(row.cells for row in table.rows)] == rows


def test_without_the_extra_a_scan_is_told_as_such() -> None:
    with pytest.raises(PreparationFailed) as problem:
        load("a.pdf", scanned([SCAN]))
    assert problem.value.code == "no_text"


async def test_the_service_recognises_a_scan_in_its_own_reader_and_shows_its_page(tmp_path: Path) -> None:
    async with serving(FakeEmbeddings(8).app) as url:
        embedding = EmbeddingSettings(base_url=f"{url}/v1", model="fake", dimension=8)
        preparer = WorkerPreparer(Settings(data_dir=tmp_path, cache_dir=tmp_path / "cache", embedding=embedding))
        try:
            source = Source("scan.pdf", scanned([SCAN]))
            made = await preparer.prepare(source, Metadata(), tenant="t", document_id="d", version=1)
            assert "WJ001" in "".join(point.passage.text for point in made.points)
            assert [(p.passage.page, made.pages) for p in made.points] == [(1, 1)]
            assert "ocr_used" in [warning.code for warning in made.warnings]
            assert Image.open(BytesIO(await preparer.render(source, 1, 400))).size == (400, 566)
            with pytest.raises(PreparationFailed) as problem:
                await preparer.render(source, 2, 400)
            assert (problem.value.code, problem.value.status) == ("no_page", 404)
            with pytest.raises(PreparationFailed) as problem:
                await preparer.render(Source("a.txt", b"text"), 1, 400)
            assert (problem.value.code, problem.value.status) == ("no_page_image", 404)
        finally:
            await preparer.close()


def test_the_picture_shows_what_is_drawn_and_stays_within_bounds() -> None:
    def paint(canvas: Any) -> None:
        canvas.setFillColorRGB(1, 0, 0)
        canvas.rect(0, 421, 595, 421, fill=1, stroke=0)

    image = Image.open(BytesIO(render(drawn(paint), 1, 300)))
    assert (image.width, image.getpixel((150, 50)), image.getpixel((150, 400))) == (300, (255, 0, 0), (255, 255, 255))
    strip = Image.open(BytesIO(render(drawn(lambda canvas: None, (20, 14_000)), 1, 2400)))
    assert strip.width * strip.height <= 12_100_000


def test_a_page_beyond_the_last_is_no_page() -> None:
    with pytest.raises(PreparationFailed) as problem:
        render(pdf_file([PdfPage()]), 2, 800)
    assert problem.value.code == "no_page"
