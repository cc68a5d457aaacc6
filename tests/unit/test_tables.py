"""What a table's first rows are: names of its columns, pairs of name and value, or lines about the whole table."""

from __future__ import annotations

import pytest

from ingestion.tables import rows_as_text, table_from


def lines(rows: list[list[str]], headed: int | None = None) -> list[str]:
    made = table_from(rows, headed)
    assert made is not None
    return ["；".join(cells) for cells in rows_as_text(made)]


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (
            [["期限", "3个月", "6个月", "1年"], ["整存整取", "0.65%", "0.85%", "0.95%"]],
            "期限：整存整取；3个月：0.65%；6个月：0.85%；1年：0.95%",
        ),
        (
            [["指标", "2024年", "2025年", "2026年"], ["净利润", "12亿", "13亿", "14亿"]],
            "指标：净利润；2024年：12亿；2025年：13亿；2026年：14亿",
        ),
        (
            [["业务", "ATM", "POS", "柜台"], ["取款", "免费", "不适用", "免费"], ["转账", "2元", "3元", "5元/笔"]],
            "业务：取款；ATM：免费；POS：不适用；柜台：免费",
        ),
        ([["指标", "2026年"], ["净利润", "12亿"]], "指标：净利润；2026年：12亿"),
    ],
)
def test_headings_with_digits_are_names_of_columns(rows: list[list[str]], line: str) -> None:
    assert lines(rows)[0] == line


def test_names_with_digits_are_still_names_of_a_sheet() -> None:
    rows = [["产品名称", "稳健一号", "产品代码", "WY001"], ["7日年化收益率", "2.1%", "期限", "180天"]]
    assert lines(rows)[2:] == ["7日年化收益率：2.1%", "期限：180天"]


def test_a_term_is_the_value_of_a_sheet_that_names_it() -> None:
    assert lines([["产品期限", "180天"], ["风险等级", "R2"]])[0] == "产品期限：180天"
