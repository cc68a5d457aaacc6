"""Tables without drawn cells that stand near each other: each keeps its own names, and a group's name parts none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ingestion.blocks import Table
from ingestion.load import load
from ingestion.splitting import split
from ingestion.structure import recognise
from tests.fixtures import hard_pdfs as pdfs
from tests.fixtures.hard_pdfs import NO_LINES, THREE_LINES, gap, paragraph, story, table

FEES = [
    ["项目", "标准", "说明"],
    ["挂失", "10元", "补卡另收"],
    ["转账", "5元", "5万元以下"],
    ["年费", "200元", "首年免"],
]
ABROAD = [["业务", "手续费", "备注"], ["境外汇款", "50元/笔", "电讯费另收"], ["外币兑换", "免费", "按当日牌价"]]
ABROAD += [["保管箱", "300元/年", "押金另收"]]


def said(content: bytes) -> str:
    return "\n".join(piece.text for piece in split(recognise(load("a.pdf", content)), "题"))


@pytest.mark.parametrize("style", [THREE_LINES, NO_LINES], ids=["three lines", "no lines"])
@pytest.mark.parametrize("widths", [[100, 100, 100], [130, 170, 150]], ids=["as wide", "wider"])
@pytest.mark.parametrize("title", ["二、外汇服务", "外汇服务收费如下："])
def test_the_second_of_two_near_tables_keeps_its_own_names(style: Sequence[Any], widths: list[int], title: str) -> None:
    plain = pdfs.BODY.clone("plain", firstLineIndent=0)
    flow = [paragraph("个人业务收费标准", pdfs.TITLE), paragraph("一、账户服务", plain)]
    flow += [table(FEES, style, [100, 100, 100]), gap(14), paragraph(title, plain), table(ABROAD, style, widths)]
    text = said(story(flow))
    assert "项目：年费；标准：200元；说明：首年免" in text
    assert "业务：境外汇款；手续费：50元/笔；备注：电讯费另收" in text
    assert "业务：保管箱；手续费：300元/年；备注：押金另收" in text
    assert f"：{title}" not in text


@pytest.mark.parametrize("style", [THREE_LINES, NO_LINES], ids=["three lines", "no lines"])
def test_a_groups_name_inside_a_table_leaves_it_one(style: Sequence[Any]) -> None:
    rows = [*FEES, ["二、外汇服务", "", ""], *ABROAD[1:2], ["保管箱", "300元/年", ""]]
    content = story([paragraph("个人业务收费标准", pdfs.TITLE), table(rows, style, [120, 100, 100])])
    (only,) = [block for block in load("a.pdf", content).blocks if isinstance(block, Table)]
    assert only.header == ("项目", "标准", "说明")
    assert only.rows[-1].cells == ("保管箱", "300元/年", "")
