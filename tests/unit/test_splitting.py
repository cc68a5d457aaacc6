"""Passages: clauses, items and rows stay whole; what is cut says again what it hangs on."""

from __future__ import annotations

import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.blocks import Block, Clause, Heading, Item, Pair, Paragraph, Row, Table
from ingestion.splitting import LONGEST, TARGET, split


def pieces(*blocks: Block, title: str = "") -> list[tuple[str, str]]:
    return [(piece.section, piece.text) for piece in split(blocks, title)]


def test_the_section_path_follows_the_headings_and_leaves_out_the_title() -> None:
    found = pieces(
        Heading("借记卡", 1),
        Paragraph("导言。"),
        Heading("费用", 2),
        Heading("补卡", 3),
        Paragraph("每张5元。"),
        Heading("额度", 2),
        Paragraph("每日5万元。"),
        title="借记卡",
    )
    assert found == [("", "导言。"), ("费用 › 补卡", "每张5元。"), ("额度", "每日5万元。")]


def test_short_paragraphs_of_a_section_share_a_passage_and_long_ones_do_not() -> None:
    short, long = Paragraph("一句话。" * 10), Paragraph("另一句话。" * 50)
    assert pieces(short, short) == [("", f"{short.text}\n{short.text}")]
    assert pieces(long, long) == [("", long.text), ("", long.text)]


def test_every_table_passage_names_its_columns_and_repeats_the_caption() -> None:
    rows = tuple(
        Row((f"第{number}档存款金额区间说明", f"{number}.00%", "按季结息，到期一次还本")) for number in range(30)
    )
    found = pieces(Paragraph("下表为挂牌利率："), Table(("档位", "年利率", "付息"), rows))
    assert len(found) > 3
    for _, text in found:
        first, *lines = text.split("\n")
        assert first == "下表为挂牌利率："
        assert all(line.startswith("档位：第") and "；年利率：" in line and "；付息：" in line for line in lines)
    assert sum(text.count("档位：") for _, text in found) == 30


def test_a_line_across_the_table_names_the_rows_below_it() -> None:
    table = Table(("业务", "费用"), (Row(("个人业务", "个人业务")), Row(("补卡", "5元")), Row(("挂失", "10元"))))
    assert pieces(table) == [("", "个人业务\n业务：补卡；费用：5元\n业务：挂失；费用：10元")]


def test_a_sheet_of_names_and_values_reads_as_such() -> None:
    assert pieces(Table(("项目", "内容"), (Row(("起购金额", "1万元")),))) == [("", "起购金额：1万元")]


def test_clauses_stay_whole_and_by_themselves() -> None:
    one = Clause("第一条", ("第一条 " + "甲方应当按期付款。" * 12, "（一）逾期的，承担违约责任；"))
    two = Clause("第二条", ("第二条 " + "乙方应当按期交货。" * 12,))
    assert [text for _, text in pieces(one, two)] == ["\n".join(one.parts), two.parts[0]]


def test_a_clause_beyond_every_size_is_cut_between_its_items_and_says_its_opening_again() -> None:
    items = tuple(f"（{number}）" + "需要提交的材料和办理的手续。" * 8 for number in range(12))
    found = pieces(Clause("第三条", ("第三条 有下列情形之一的：", *items)))
    assert len(found) > 1
    assert all(text.startswith("第三条 有下列情形之一的：\n") for _, text in found)
    assert [line for _, text in found for line in text.split("\n")[1:]] == list(items)


def test_a_list_keeps_its_introduction_in_every_part() -> None:
    items = [Item(f"{number}. " + "办理所需的有效证件和证明材料" * 3) for number in range(12)]
    found = pieces(Paragraph("办理贷款需要："), *items)
    assert len(found) > 1
    assert all(text.startswith("办理贷款需要：\n") for _, text in found)


def test_items_below_an_item_stay_with_it() -> None:
    found = pieces(Item("1. 材料", 0), Item("- 身份证", 1), Item("2. 时间", 0))
    assert found == [("", "1. 材料\n  - 身份证\n2. 时间")]


def test_a_pair_is_one_passage_with_its_question_and_category() -> None:
    (piece,) = split([Pair("如何挂失？", "拨打热线。", "银行卡")], "常见问题")
    assert (piece.question, piece.text, piece.section) == ("如何挂失？", "拨打热线。", "银行卡")


def test_a_paragraph_beyond_every_size_is_cut_at_sentences() -> None:
    sentences = [f"这是第{number}句用来说明情况的话。" for number in range(100)]
    found = pieces(Paragraph("".join(sentences)))
    assert "".join(text for _, text in found) == "".join(sentences)
    assert all(len(text) <= TARGET and text.endswith("。") for _, text in found)


texts = st.text(alphabet="甲乙丙丁戊，。；：一二三AB12", min_size=1, max_size=900).filter(
    lambda text: text.strip("，。；：")
)
blocks = st.one_of(
    st.builds(Paragraph, texts),
    st.builds(Item, texts),
    st.builds(lambda parts: Clause("第一条", tuple(parts)), st.lists(texts, min_size=1, max_size=4)),
    st.builds(lambda text: Heading(text[:20], 2), texts),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(blocks, max_size=8))
def test_no_character_is_lost_and_no_passage_is_beyond_twice_the_longest(found: list[Block]) -> None:
    given_text: list[str] = []
    for block in found:
        if isinstance(block, Clause):
            given_text += block.parts
        elif isinstance(block, Paragraph | Item):
            given_text.append(block.text)
    made = "".join(piece.text for piece in split(found, "")).replace("\n", "")
    for text in given_text:
        assert text[:40] in made
        assert text[-40:] in made
    assert all(len(piece.text) <= 2 * LONGEST for piece in split(found, ""))


@settings(max_examples=50, deadline=None)
@given(st.lists(blocks, max_size=6))
def test_the_same_blocks_always_split_the_same(found: list[Block]) -> None:
    assert list(split(found, "题")) == list(split(found, "题"))


def test_a_long_document_without_headings_is_cut_without_being_held_a_second_time() -> None:
    document = [Paragraph(f"{number}" + "说明" * 400) for number in range(500)]
    next(split(document, ""))  # what is imported for it stays
    tracemalloc.start()
    try:
        cut = sum(len(piece.text) for piece in split(document, ""))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert cut == sum(len(block.text) for block in document)
    assert most < cut / 4  # in bytes, of which a letter takes two
