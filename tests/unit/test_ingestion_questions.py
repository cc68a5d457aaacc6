"""Tables of questions and answers become pairs, whatever file they stand in."""

from __future__ import annotations

from typing import Any

import pytest

from ingestion.blocks import Block, Pair, Paragraph, Row, Table
from ingestion.load import load
from ingestion.questions import asked_in, pairs
from ingestion.structure import recognise
from tests.fixtures.office_files import document, fill, workbook

ROWS = [["序号", "问题", "答案", "渠道"], ["1", "如何挂失？", "拨打热线。", "电话"], ["2", "收费吗？", "不收。", ""]]


def in_word(made: Any) -> None:
    table = made.add_table(rows=3, cols=4)
    for down, row in enumerate(ROWS):
        for across, text in enumerate(row):
            table.cell(down, across).text = text


@pytest.mark.parametrize("kind", ["xlsx", "docx", "html", "csv"])
def test_a_table_of_questions_and_answers_makes_pairs_in_every_format(kind: str) -> None:
    content = {
        "xlsx": lambda: workbook(lambda book: fill(book.active, 1, 1, ROWS)),
        "docx": lambda: document(in_word),
        "html": lambda: "".join(
            [
                "<table>",
                *(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in ROWS),
                "</table>",
            ]
        ).encode(),
        "csv": lambda: "\n".join(map(",".join, ROWS)).encode(),
    }[kind]()
    pairs = [block for block in recognise(load(f"a.{kind}", content)) if isinstance(block, Pair)]
    assert pairs == [Pair("如何挂失？", "拨打热线。\n渠道：电话"), Pair("收费吗？", "不收。")]


def asked(*rows: tuple[str, ...], header: tuple[str, ...] = ("分类", "问题", "回答"), caption: str = "") -> list[Block]:
    return list(asked_in(Table(header, tuple(map(Row, rows)), caption)))


def test_a_question_over_several_rows_is_one_and_a_groups_name_is_its_category() -> None:
    header = ("序号", "问题", "回答")
    rows = (
        ("卡业务",) * 3,
        ("1", "如何挂失？", "打电话。"),
        ("1", "如何挂失？", "去网点。"),
        ("2", "收费吗？", "不收。"),
    )
    assert asked(*rows, header=header, caption="常见问题") == [
        Paragraph("常见问题"),
        Pair("如何挂失？", "打电话。\n去网点。", "卡业务"),
        Pair("收费吗？", "不收。", "卡业务"),
    ]


def test_rows_without_an_answer_stay_in_a_table() -> None:
    assert asked(("卡", "如何挂失？", "打电话。"), ("卡", "收费吗？", "")) == [
        Pair("如何挂失？", "打电话。", "卡"),
        Table(("分类", "问题", "回答"), (Row(("卡", "收费吗？", "")),)),
    ]


def test_a_table_about_problems_is_none_of_questions() -> None:
    table = Table(("问题", "整改措施"), (Row(("系统慢", "扩容")),))
    assert list(asked_in(table)) == [table]


def test_a_remark_across_the_table_is_no_groups_name_and_stays() -> None:
    header, remark = ("序号", "问题", "回答"), Row(("注：以上解答以网点公告为准。",) * 3)
    assert asked(("1", "收费吗？", "不收。"), remark.cells, header=header) == [
        Pair("收费吗？", "不收。"),
        Table(header, (remark,)),
    ]


def test_a_row_of_nothing_is_no_group_and_a_column_without_a_name_is_said_with_its_answer() -> None:
    header = ("问题", "答案", "")
    rows = [Row(("", "", "")), Row(("年费能免吗", "刷满六次可免", "仅限金卡客户"))]
    made, incomplete = pairs(header, rows)
    assert [pair.answer for pair in made] == ["刷满六次可免\n仅限金卡客户"]
    assert incomplete == rows[:1]
