"""Broken and hostile PDFs, as real bytes: each ends with its own code, none with a crash or a hang."""

from __future__ import annotations

import random
import re
import zlib

import pytest

from app.knowledge.preparing import PreparationFailed
from eval.pdf_file import PdfPage, pdf_file
from ingestion.blocks import Paragraph
from ingestion.load import load

WHOLE = pdf_file([PdfPage().write(60, 700, "管理费为每年0.30%。") for _ in range(3)])


def made(objects: list[bytes]) -> bytes:
    """A file of these objects; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def one_page(content: bytes, entries: bytes = b"", box: bytes = b"[0 0 595 842]", page: bytes = b"") -> bytes:
    return made(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R %s >>" % (box, page),
            stream(content, entries),
        ]
    )


def deep_tree(depth: int) -> bytes:
    """A page tree of one page at the end of a long chain."""
    nodes = [b"<< /Type /Pages /Count 1 /Kids [%d 0 R] /Parent %d 0 R >>" % (at + 1, at - 1) for at in range(2, depth)]
    page = b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] >>" % (depth - 1)
    return made([b"<< /Type /Catalog /Pages 2 0 R >>", *nodes, page])


LINES = b"".join(b"%d %d m %d %d l S\n" % (at % 500, at % 800, at % 500 + 9, at % 800) for at in range(70_000))

FILES = {
    "password": (pdf_file([PdfPage().write(60, 700, "秘密")], password="secret"), "encrypted"),
    "unknown encryption": (
        WHOLE.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt << /Filter /Nobody /V 9 >>"),
        "encrypted",
    ),
    "no objects": (b"%PDF-1.7\nnothing that follows is a PDF", "corrupt"),
    "cut off early": (WHOLE[:300], "corrupt"),
    "cut off at its end": (WHOLE[:-250], "corrupt"),
    "no pages": (made([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 0 /Kids [] >>"]), None),
    "a tree that is its own child": (
        made([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 9 /Kids [2 0 R] >>"]),
        None,
    ),
    "a page tree 20,000 deep": (deep_tree(20_000), None),
    "huge page": (one_page(b"", box=b"[0 0 200000 200000]"), "too_large"),
    "more lines than any page": (one_page(zlib.compress(LINES), b"/Filter /FlateDecode"), "too_large"),
    "empty page": (one_page(b""), "no_text"),
    "only a script": (
        made(
            [
                b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> >>",
                b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
            ]
        ),
        "no_text",
    ),
    "a stream that is no stream": (one_page(b"not packed at all", b"/Filter /FlateDecode"), "no_text"),
}


@pytest.mark.parametrize(("content", "code"), FILES.values(), ids=FILES)
def test_a_bad_file_has_its_code(content: bytes, code: str | None) -> None:
    with pytest.raises(PreparationFailed) as problem:
        load("a.pdf", content)
    if code is None:  # how far pdfium gets with a broken tree is its own affair, as long as it ends
        assert problem.value.code in ("corrupt", "no_text", "too_large")
    else:
        assert problem.value.code == code


def test_a_wrong_place_of_the_table_of_references_is_repaired() -> None:
    """Readers on people's desks do so too; such files are common."""
    assert load("a.pdf", re.sub(rb"startxref\n\d+", b"startxref\n7", WHOLE)).blocks == tuple(
        Paragraph("管理费为每年0.30%。", page) for page in (1, 2, 3)
    )


def test_attachments_and_scripts_are_no_knowledge() -> None:
    hostile = WHOLE.replace(
        b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"
    )
    assert {block.text for block in load("a.pdf", hostile).blocks if isinstance(block, Paragraph)} == {
        "管理费为每年0.30%。"
    }


@pytest.mark.parametrize("seed", range(40))
def test_damaged_bytes_end_with_a_code_or_with_text(seed: int) -> None:
    rng = random.Random(seed)
    content = bytearray(WHOLE)
    for _ in range(rng.randint(1, 30)):
        content[rng.randrange(20, len(content))] = rng.randrange(256)
    outcome = "text"
    try:
        outcome = "text" if load("a.pdf", bytes(content)).blocks else "nothing"
    except PreparationFailed as problem:
        outcome = problem.code
    assert outcome in ("text", "corrupt", "no_text", "too_large", "encrypted")
