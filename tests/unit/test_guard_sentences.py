"""Sentences are cut by the text alone: the same whatever the chunks, and never inside a number."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.sentences import SentenceBuffer


def cut(text: str, sizes: list[int] | None = None) -> list[str]:
    buffer = SentenceBuffer()
    sentences: list[str] = []
    at = 0
    for size in sizes or [1] * len(text):
        sentences += buffer.feed(text[at : at + size])
        at += size
    sentences += buffer.feed(text[at:])
    return [*sentences, *buffer.flush()]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("利率1.5%。起购1万元！好吗？", ["利率1.5%。", "起购1万元！", "好吗？"]),
        (
            "The rate is 1.5%. It is fixed, e.g. for Mr. Li. Done",
            ["The rate is 1.5%.", " It is fixed, e.g. for Mr. Li.", " Done"],
        ),
        ("1. 第一\n2. 第二\n", ["1. 第一\n", "2. 第二\n"]),
        ("- 甲\n- 乙\n", ["- 甲\n", "- 乙\n"]),
        ("| 期限 | 利率 |\n|---|---|\n| 1年 | 0.95% |\n", ["| 期限 | 利率 |\n", "|---|---|\n", "| 1年 | 0.95% |\n"]),
        ("他说“可以。”然后走了。", ["他说“可以。”", "然后走了。"]),
        ("请看（见附件。第一页）说明。", ["请看（见附件。第一页）说明。"]),
        ("好！！真棒。", ["好！", "！真棒。"]),
        ("好的😊。谢谢🙏", ["好的😊。", "谢谢🙏"]),
        ("没有结尾", ["没有结尾"]),
        ("甲。\n\n乙。", ["甲。", "\n\n乙。"]),
        ("官网 www.bank.example 可查。", ["官网 www.bank.example 可查。"]),
        ("", []),
    ],
)
def test_sentences_of_every_sort_of_text(text: str, sentences: list[str]) -> None:
    assert cut(text) == sentences


def test_a_chinese_full_stop_ends_a_sentence_without_waiting_for_the_next_token() -> None:
    assert SentenceBuffer().feed("年利率为0.95%。") == ["年利率为0.95%。"]


def test_an_endless_sentence_is_cut_at_a_comma_and_not_inside_a_number() -> None:
    pieces = cut("金额1,234,567元，" * 60)
    assert len(pieces) > 1
    assert all(piece.startswith("金额") and piece.endswith("，") for piece in pieces)


_TEXT = st.text(alphabet='一1.5%。！？\n"“”（）()[]，, a.b!?e-|*#；：😊', max_size=120)


@settings(max_examples=400, deadline=None)
@given(_TEXT, st.lists(st.integers(min_value=1, max_value=9), max_size=60))
def test_any_chunking_gives_the_same_sentences_and_loses_nothing(text: str, sizes: list[int]) -> None:
    whole = cut(text, [len(text)] if text else [])
    assert cut(text, sizes) == whole
    assert "".join(whole) == text
