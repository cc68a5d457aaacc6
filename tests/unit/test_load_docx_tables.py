"""DOCX tables: which rows name the columns, which cells cover others, and what in a cell is no text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingestion.blocks import Block, Table
from ingestion.load import load
from tests.fixtures.office_files import document


def read(build: Callable[[Any], None]) -> tuple[Block, ...]:
    return load("a.docx", document(build)).blocks


@pytest.mark.parametrize("marked", [[], [0], [0, 1], [0, 1, 2]], ids=["none", "the first", "both", "every row"])
def test_the_second_row_of_names_counts_however_many_rows_are_marked(marked: list[int]) -> None:
    def build(made: Any) -> None:
        table = made.add_table(rows=3, cols=4)
        for at, row in enumerate(
            (("期限", "人民币", "", "外币"), ("", "活期", "定期", "定期"), ("一年", "1", "2", "3"))
        ):
            for cell, text in zip(table.rows[at].cells, row, strict=True):
                cell.text = text
        for first, last, text in (((0, 0), (1, 0), "期限"), ((0, 1), (0, 2), "人民币")):
            table.cell(*first).merge(table.cell(*last)).text = text
        for at in marked:
            table.rows[at]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))

    (table,) = (block for block in read(build) if isinstance(block, Table))
    assert table.header == ("期限", "人民币·活期", "人民币·定期", "外币·定期")
