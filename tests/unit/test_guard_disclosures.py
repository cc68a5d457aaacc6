"""The past-performance sentence stands beside every past return, however it is worded, and beside nothing else."""

from __future__ import annotations

import pytest

from guardrails import Evidence, Guard, Release


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard.create("稳答示范银行", "400-000-0000")


async def shown(guard: Guard, sentence: str) -> str:
    language = "en" if sentence.isascii() else "zh-Hans"
    verdict = await guard.check_output(sentence, Release("收益", (Evidence(sentence),), language))
    assert verdict.action == "allow", verdict.rule_ids
    return verdict.masked_text


@pytest.mark.parametrize(
    "sentence",
    [
        "近三个月净值增长率为3.8%。",
        "最近一期实际年化收益率2.6%。",
        "去年该产品收益为3.4%。",
        "成立以来净值从1.00涨到1.08。",
        "单位净值1.0823，累计净值1.1823。",
        "近一年年化收益3.1%。",
        "今年以来收益1.9%。",
        "The fund returned 3.1% last year.",
        "Its return in 2024 was 5.1%.",
    ],
)
async def test_a_past_return_is_shown_with_its_warning(guard: Guard, sentence: str) -> None:
    text = await shown(guard, sentence)
    assert "不代表产品未来表现" in text or "do not indicate future performance" in text


@pytest.mark.parametrize(
    "sentence",
    [
        "去年一年期存款利率是1.1%。",
        "上一季度手续费减免20%。",
        "近一年交易满6次免年费。",
        "2025年信用卡年费为200元。",
        "净值每个工作日公布。",
        "The deposit rate last year was 1.5%.",
    ],
)
async def test_other_figures_of_the_past_need_none(guard: Guard, sentence: str) -> None:
    assert (await shown(guard, sentence)).strip() == sentence
