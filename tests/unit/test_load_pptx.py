"""PPTX: raised marks, letters nobody can see, headings of tables."""

from __future__ import annotations

from typing import Any

import pytest
from pptx.oxml import parse_xml
from pptx.util import Inches

from ingestion.blocks import Block, Paragraph
from ingestion.load import load
from tests.fixtures.office_files import deck

_NS = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


def blocks_of(build: Any) -> tuple[Block, ...]:
    return load("a.pptx", deck(build)).blocks


def runs(*pieces: tuple[str, str]) -> Any:
    """A text box of runs. pieces: (text, attributes and children of its a:rPr)."""

    def build(made: Any) -> None:
        slide = made.slides.add_slide(made.slide_layouts[6])
        paragraph = slide.shapes.add_textbox(0, 0, Inches(3), Inches(1)).text_frame.paragraphs[0]
        for text, look in pieces:
            attributes, _, inner = look.partition("|")
            xml = f"<a:r {_NS}><a:rPr {attributes}>{inner}</a:rPr><a:t>{text}</a:t></a:r>"
            paragraph._p.append(parse_xml(xml))

    return build


@pytest.mark.parametrize("baseline", ["30000", "30%"])
def test_raised_marks_never_run_into_a_number(baseline: str) -> None:
    mark = f'baseline="{baseline}"'
    pieces = (("年费50", 'baseline="0"'), ("1", mark), ("元，月费5", ""), ("1", mark), ("2", mark), ("元", ""))
    assert blocks_of(runs(*pieces)) == (Paragraph("年费50〔1〕元，月费5〔12〕元", 1),)


def test_lowered_letters_are_no_marks() -> None:
    assert blocks_of(runs(("CO", ""), ("2", 'baseline="-25000"'))) == (Paragraph("CO2", 1),)
