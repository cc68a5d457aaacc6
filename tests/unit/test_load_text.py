"""Plain text and CSV: encodings, structure in the words themselves, FAQ columns."""

from __future__ import annotations

import pytest

from app.knowledge.preparing import PreparationFailed
from ingestion.blocks import Block, Clause, Heading, Item, Pair, Paragraph, Row, Table
from ingestion.load import load
from ingestion.structure import recognise

REGULATION = """理财产品管理办法

第一章　总则
第一条　为规范理财业务，制定本办法。
第二条 本办法所称理财产品，包括：
（一）公募理财产品；
（二）私募理财产品。
前款所称公募，是指面向不特定社会公众。
第二章　销售
第三条规定的情形除外的，从其规定。
"""


def read(path: str, content: bytes) -> tuple[Block, ...]:
    return recognise(load(path, content))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_reads_the_same_in_every_encoding(encoding: str) -> None:
    blocks = read("a.txt", "收费公告\n\n自本日起，跨行转账手续费为每笔2元。".encode(encoding))
    assert blocks == (Heading("收费公告", 1), Paragraph("自本日起，跨行转账手续费为每笔2元。"))


def test_a_clause_takes_its_items_and_a_reference_opens_none() -> None:
    blocks = read("a.txt", REGULATION.encode())
    clauses = [block for block in blocks if isinstance(block, Clause)]
    assert [clause.label for clause in clauses] == ["第一条", "第二条"]
    assert clauses[1].parts == (
        "第二条 本办法所称理财产品，包括：",
        "（一）公募理财产品；",
        "（二）私募理财产品。",
        "前款所称公募，是指面向不特定社会公众。",
    )
    assert Heading("第二章　销售", 2) in blocks
    assert Paragraph("第三条规定的情形除外的，从其规定。") in blocks


def test_short_numbered_lines_with_content_are_headings_and_neighbours_are_a_list() -> None:
    blocks = read(
        "a.txt", "办理指南\n一、所需材料\n1. 身份证\n2. 银行卡\n二、办理时间\n工作日九点至十七点。\n".encode()
    )
    assert [type(block) for block in blocks] == [Heading, Heading, Item, Item, Heading, Paragraph]


def test_lines_cut_by_an_editor_become_one_paragraph_again() -> None:
    text = "标题\n\n本产品不保证本金和收益，投资者应当充分认识投资风险，\n谨慎投资。\n下一段从这里开始。"
    assert [block.text for block in read("a.txt", text.encode()) if isinstance(block, Paragraph)] == [
        "本产品不保证本金和收益，投资者应当充分认识投资风险，谨慎投资。",
        "下一段从这里开始。",
    ]


def test_tab_separated_lines_are_a_table() -> None:
    blocks = read("a.txt", "费率表\n期限\t利率\n三个月\t1.15%\n一年\t1.35%\n".encode())
    assert isinstance(blocks[1], Table)
    assert blocks[1].header == ("期限", "利率")


def test_questions_and_answers_in_running_text_become_pairs() -> None:
    blocks = read(
        "a.txt", "问：挂失收费吗？\n答：口头挂失不收费。\n书面挂失每次10元。\n问：多久生效？\n答：即时生效。".encode()
    )
    assert blocks == (
        Pair("挂失收费吗？", "口头挂失不收费。\n书面挂失每次10元。"),
        Pair("多久生效？", "即时生效。"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("header", ["问题,答案,分类", "Question,Answer,Category"])
def test_faq_columns_are_found_in_chinese_and_english(header: str, encoding: str) -> None:
    content = f'{header}\n"如何挂失？","拨打热线，\n或到网点。",银行卡\n'.encode(encoding)
    assert read("faq.csv", content) == (Pair("如何挂失？", "拨打热线，\n或到网点。", "银行卡"),)


def test_further_faq_columns_stay_with_the_answer_and_counters_do_not() -> None:
    content = "序号,问题,答案,适用渠道\n1,怎么查余额？,在首页查看。,手机银行\n".encode()
    assert read("faq.csv", content) == (Pair("怎么查余额？", "在首页查看。\n适用渠道：手机银行"),)


def test_incomplete_and_overlong_rows_are_reported() -> None:
    loaded = load("faq.csv", "问题,答案\n有答案吗？,\n好吗？,好,多出来的\n".encode())
    assert [notice.code for notice in loaded.warnings] == ["extra_cells", "incomplete_rows"]
    assert len(loaded.blocks) == 1


def test_any_other_csv_is_a_table() -> None:
    (table,) = read("fees.csv", "业务;费用\n补卡;5元\n".encode())
    assert isinstance(table, Table)
    assert (table.header, table.rows[0].cells) == (("业务", "费用"), ("补卡", "5元"))


def test_a_csv_of_headings_alone_has_no_text() -> None:
    with pytest.raises(PreparationFailed) as failure:
        load("faq.csv", "问题,答案\n".encode())
    assert failure.value.code == "no_text"


def test_bytes_of_no_encoding_are_corrupt_and_binary_is_mislabelled() -> None:
    with pytest.raises(PreparationFailed) as corrupt:
        load("a.txt", b"\xff\x81\xff\x30\xff\xff")
    with pytest.raises(PreparationFailed) as mislabelled:
        load("a.txt", "文字".encode() + b"\x00\x01\x02")
    assert (corrupt.value.code, mislabelled.value.code) == ("corrupt", "mislabelled")


def test_a_csv_exported_from_a_sheet_keeps_its_title_and_its_merged_headings_apart() -> None:
    text = "个人存款利率表,,\n期限,起存金额,利率\n一年,50元,1.50%\n注：以公告为准。,,\n"
    assert load("a.csv", text.encode("gb18030")).blocks == (
        Heading("个人存款利率表", 2),
        Table(("期限", "起存金额", "利率"), (Row(("一年", "50元", "1.50%")),)),
        Paragraph("注：以公告为准。"),
    )


@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
def test_the_delimiter_is_the_one_that_cuts_the_lines_alike(sign: str) -> None:
    text = sign.join(("项目", "说明，备注")) + "\n" + sign.join(("年费", "10元，可免")) + "\n"
    assert load("a.csv", text.encode()).blocks == (Table(("项目", "说明，备注"), (Row(("年费", "10元，可免")),)),)


def test_a_csv_title_without_commas_costs_no_column() -> None:
    text = "个人业务收费标准（2026年版）\n项目,标准,备注\n挂失手续费,10元/笔,补卡另收\n年费,200元,\n"
    loaded = load("a.csv", text.encode("gb18030"))
    assert loaded.blocks == (
        Heading("个人业务收费标准（2026年版）", 2),
        Table(("项目", "标准", "备注"), (Row(("挂失手续费", "10元/笔", "补卡另收")), Row(("年费", "200元", "")))),
    )
    assert loaded.warnings == ()


def test_the_line_that_names_the_delimiter_is_no_text() -> None:
    (table,) = load("a.csv", "sep=;\n项目;标准,元\n挂失;10,5\n".encode()).blocks
    assert table == Table(("项目", "标准,元"), (Row(("挂失", "10,5")),))


def test_faq_columns_are_found_below_a_title() -> None:
    text = "常见问题（2026年版）\n序号,问题,答案\n1,如何挂失？,拨打热线。\n2,收费吗？,不收。\n"
    assert load("a.csv", text.encode()).blocks == (
        Heading("常见问题（2026年版）", 1),
        Pair("如何挂失？", "拨打热线。"),
        Pair("收费吗？", "不收。"),
    )


def test_rows_wider_than_their_headings_keep_their_words_and_are_told() -> None:
    loaded = load("a.csv", "项目,标准\n汇款,按0.1%收取,最低5元\n转账,按0.2%收取,最低2元\n".encode())
    assert loaded.blocks == (
        Table(("项目", "标准", ""), (Row(("汇款", "按0.1%收取", "最低5元")), Row(("转账", "按0.2%收取", "最低2元")))),
    )
    assert [notice.code for notice in loaded.warnings] == ["extra_cells"]


def test_names_and_values_side_by_side_have_no_headings() -> None:
    assert read("a.csv", "产品名称,稳健一号\n产品代码,WY001\n期限,180天\n".encode()) == (
        Table(("", ""), (Row(("产品名称", "稳健一号")), Row(("产品代码", "WY001")), Row(("期限", "180天")))),
    )
    assert read("a.csv", "网点名称,地址\n东城支行,东大街1号\n西城支行,西大街2号\n".encode()) == (
        Table(("网点名称", "地址"), (Row(("东城支行", "东大街1号")), Row(("西城支行", "西大街2号")))),
    )


def test_figures_written_as_formulas_are_read_as_shown() -> None:
    (table,) = read("a.csv", '代码,名称\n="00123",稳健一号\n"=""00124""",稳健二号\n'.encode())
    assert table == Table(("代码", "名称"), (Row(("00123", "稳健一号")), Row(("00124", "稳健二号"))))


@pytest.mark.parametrize(
    ("cell", "told"), [('"10元', ["unclosed_quote"]), ('5"', []), ('"10元"起"', []), ('"a""b"', [])]
)
def test_a_quote_that_never_ends_is_told(cell: str, told: list[str]) -> None:
    loaded = load("a.csv", f"项目,说明\n挂失,{cell}\n年费,20元\n".encode())
    assert [notice.code for notice in loaded.warnings] == told


BIG5 = "臺灣銀行收費標準\n\n帳戶管理費：每月新臺幣一百元。\n掛失手續費：每次新臺幣五十元。"


def test_big5_is_read_as_such_declared_or_not() -> None:
    assert read("a.txt", BIG5.encode("big5")) == read("a.txt", BIG5.encode())
    for head in ('<meta charset="big5">', ""):
        page = f"<html><head>{head}</head><body><p>{BIG5}</p></body></html>"
        assert BIG5.split("\n")[-1] in repr(load("a.html", page.encode("big5")).blocks)
    rows = "項目,收費標準\n掛失手續費,五十元\n"
    assert load("a.csv", rows.encode("big5")).blocks == load("a.csv", rows.encode()).blocks


@pytest.mark.parametrize("text", [BIG5, REGULATION, "挂失", "曱甴囍喆", "名称\t标准\n镕\t5元\n", "①②③㎡℃"])
def test_what_is_written_in_gb18030_stays_so(text: str) -> None:
    assert read("a.txt", text.encode("gb18030")) == read("a.txt", text.encode())
