"""PDF parsing without embedding: pages a second of one core against pdfplumber, and memory over 2,000 pages.

    python -m eval.bench.parsing [--pages N]

Both read the same bytes in this process; CPU time is compared, since the machine is shared. pdfplumber does the same
job on its side: words in order for pages of prose, and its table finder too where there are tables. Memory is the
reader process's own, as the service runs it, from the kernel (VmHWM).
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

import pdfplumber

from app.knowledge.preparing import Metadata
from eval.bench.pdf_font import carried_font
from eval.bench.report import Ratio, conclude, print_table
from eval.pdf_file import PdfPage, pdf_file
from ingestion.blocks import Table
from ingestion.frames import SIZES, Frame, goes_on, metadata_to, unpacked
from ingestion.load import load

_AT_LEAST = {"prose": 8.0, "tables": 1.5}  # pages of prose are what is promised; tables are told apart
_FEWER = 10  # pdfplumber reads so many times fewer pages: its cost a page does not depend on their number
_ROWS = 24
_LETTERS = (
    "产品说明书投资者应当仔细阅读全部内容理财债券比例不低于风险等级费率管理托管赎回申购到期日收益净值公告银行客户办法"
)
_OTHERS = "示范银行　产品说明书第页章业务之元项目同跨备注按笔收取%. 0123456789"
_FONT = carried_font(_LETTERS + _OTHERS)


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of reading so many pages."""

    pages: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.pages / self.seconds

    @property
    def milliseconds(self) -> float:
        return 1000 * self.seconds / self.pages


def prose(pages: int) -> bytes:
    """Dense pages of Chinese text (about 1,500 letters) with a header, a footer and a heading."""
    rng = random.Random(7)
    made = []
    for number in range(1, pages + 1):
        page = _furnished(number).write(60, 770, f"第{number}章　说明", 16)
        page.paragraph(740, "".join(rng.choices(_LETTERS, k=41 * 36)), 10.5)
        made.append(page)
    return _file(made)


def tables(pages: int) -> bytes:
    """Pages that hold a drawn table of 24 rows in four columns, and a paragraph."""
    rng = random.Random(7)
    xs = [60.0, 200.0, 310.0, 420.0, 530.0]
    made = []
    for number in range(1, pages + 1):
        page = _furnished(number)
        page.paragraph(770, "".join(rng.choices(_LETTERS, k=41 * 3)), 10.5)
        rows = [["项目", "同行", "跨行", "备注"]]
        rows += [[f"业务{number}之{at}", f"{at}元", f"{rng.random():.2f}%", "按笔收取"] for at in range(1, _ROWS)]
        page.grid(xs, [690.0 - 22 * at for at in range(_ROWS + 1)], rows)
        page.paragraph(120, "".join(rng.choices(_LETTERS, k=41)), 10.5)
        made.append(page)
    return _file(made)


def _file(pages: list[PdfPage]) -> bytes:
    return pdf_file(pages, packed=True, font=_FONT.data, glyphs=_FONT.glyphs, widths=_FONT.widths)


def _furnished(number: int) -> PdfPage:
    return PdfPage(glyphs=_FONT.glyphs).write(60, 815, "示范银行　产品说明书", 9).write(280, 25, f"第 {number} 页", 9)


def ours(content: bytes) -> int:
    return load("a.pdf", content).pages


def their_words(content: bytes) -> int:
    with pdfplumber.open(BytesIO(content)) as document:
        for page in document.pages:
            page.extract_text()
            page.close()
        return len(document.pages)


def their_tables(content: bytes) -> int:
    with pdfplumber.open(BytesIO(content)) as document:
        for page in document.pages:
            page.extract_text()
            page.extract_tables()
            page.close()
        return len(document.pages)


def measured(read: Callable[[bytes], int], content: bytes, times: int = 3) -> Cost:
    """The best of a few runs: what disturbs one of them is not the reader's doing."""
    costs = []
    for _ in range(times):
        started = time.process_time()
        pages = read(content)
        costs.append(Cost(pages, time.process_time() - started))
    return min(costs, key=lambda cost: cost.seconds)


def peak(content: bytes) -> float:
    """MiB of the reader process at its highest, its start included, once it has read the file. Raises RuntimeError.

    VmHWM, not ru_maxrss: the latter begins with what the process held that it was started from, this one.
    """
    reader = subprocess.Popen(
        [sys.executable, "-m", "ingestion.reader", str(2 * 1024**3), "600", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        reader.stdin.write(Frame({"path": "a.pdf", "metadata": metadata_to(Metadata())}, content).packed())
        reader.stdin.flush()
        read = 0
        while goes_on(frame := _next(reader.stdout)):
            read += len(frame.body)
        if "code" in frame.head or read < 1000:
            raise RuntimeError(f"the reader answered {frame.head.get('code')} and {read} bytes")
        status = Path(f"/proc/{reader.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _next(stream: IO[bytes]) -> Frame:
    sizes = stream.read(SIZES.size)
    if len(sizes) < SIZES.size:
        raise RuntimeError("the reader ended before it had answered")
    head, body = SIZES.unpack(sizes)
    return unpacked(stream.read(head), stream.read(body))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.parsing", description=__doc__)
    parser.add_argument("--pages", type=int, default=200, help="pages of each kind that we read (default 200)")
    parser.add_argument("--no-memory", action="store_true", help="leave out the 2,000-page file")
    given = parser.parse_args(arguments)
    costs = []
    for name, made, theirs in (("prose", prose, their_words), ("tables", tables, their_tables)):
        content, fewer = made(given.pages), made(max(2, given.pages // _FEWER))
        if name == "tables" and not any(isinstance(block, Table) for block in load("a.pdf", fewer).blocks):
            raise RuntimeError("the tables were not read as tables")
        costs.append((name, measured(ours, content), measured(theirs, fewer)))
    rows = [(name, o.per_second, o.milliseconds, t.per_second, t.milliseconds) for name, o, t in costs]
    print_table("CPU of one core", ("pages of", "ours pages/s", "ms a page", "pdfplumber pages/s", "ms a page"), rows)
    ratios = [Ratio(f"a page of {name}", o.milliseconds, t.milliseconds, "ms", _AT_LEAST[name]) for name, o, t in costs]
    if not given.no_memory:
        held = {name: (peak(made(100)), peak(made(2000))) for name, made in (("prose", prose), ("tables", tables))}
        told = [(name, pages, mib) for name, both in held.items() for pages, mib in zip((100, 2000), both, strict=True)]
        print_table("the reader's peak memory", ("of", "pages", "MiB"), told)
        # Ratio is peer / ours: 100 pages may take no less than 1 / 1.25 of what 2,000 take.
        ratios += [
            Ratio(f"memory of 100 pages of {name} against 2,000 (1 / 1.25)", large, small, "MiB", 0.8)
            for name, (small, large) in held.items()
        ]
    return conclude(ratios)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
