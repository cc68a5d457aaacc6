"""What changed between two wordings, for people: by words, numbers whole, and exact."""

from __future__ import annotations

import re
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.knowledge.difference import Span, spans, words
from tests.fakes import shared_segmenter

_segmenter = shared_segmenter()
_PIECES = [
    *("年费", "手续费", "首年", "免收", "调整为", "每笔", "元", "，", "\n", " "),
    *("1.5%", "1.8%", "10,000", "0", "2026-01-01", "R2"),
]
_texts = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(_PIECES), max_size=20).map("".join))
_NUMBER = re.compile(r"\d+(?:[,，]\d{3})*(?:\.\d+)?[%％‰]?")


def cut(text: str) -> list[str]:
    return [word for _, word in _segmenter.tokens(text)]


def shown(before: str, after: str) -> str:
    signs = {"equal": "{}", "delete": "[-{}]", "insert": "[+{}]"}
    return "".join(signs[span.op].format(span.text) for span in spans(before, after, cut))


@given(_texts, _texts)
@settings(max_examples=400, deadline=None)
def test_the_spans_give_both_texts_back(before: str, after: str) -> None:
    found = spans(before, after, cut)
    assert "".join(span.text for span in found if span.op != "insert") == before
    assert "".join(span.text for span in found if span.op != "delete") == after
    assert all(span.text for span in found)
    assert "".join(words(before, cut)) == before


@given(_texts, _texts)
@settings(max_examples=400, deadline=None)
def test_no_number_is_ever_cut(before: str, after: str) -> None:
    found = spans(before, after, cut)
    for text, without in ((before, "insert"), (after, "delete")):
        ends = set(accumulate(len(span.text) for span in found if span.op != without))
        for number in _NUMBER.finditer(text):
            assert ends.isdisjoint(range(number.start() + 1, number.end())), (text, number.group())


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("年管理费率为1.5%，按日计提。", "年管理费率为1.8%，按日计提。", "年管理费率为[-1.5%][+1.8%]，按日计提。"),
        ("起购金额10,000元。", "起购金额1,000元。", "起购金额[-10,000][+1,000]元。"),
        ("自2026-01-01起执行。", "自2026-07-01起执行。", "自[-2026-01-01][+2026-07-01]起执行。"),
        ("柜台汇款每笔2元。", "柜台取现每笔2元。", "柜台[-汇款][+取现]每笔2元。"),
        ("风险等级R2。", "风险等级R3。", "风险等级[-R2][+R3]。"),
        ("首年免收。", "首年免收，次年起减半。", "首年免收[+，次年起减半]。"),
    ],
)
def test_a_change_reads_as_a_person_would_say_it(before: str, after: str, wanted: str) -> None:
    assert shown(before, after) == wanted


def test_without_a_segmenter_numbers_are_whole_all_the_same() -> None:
    assert spans("费率1.5%", "费率1.8%") == [Span("equal", "费率"), Span("delete", "1.5%"), Span("insert", "1.8%")]
