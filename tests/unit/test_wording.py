"""What texts name and ask for: quantities in every form, the ranges they fall into, sorts of answers."""

import pytest

from app.knowledge.wording import (
    asked_kinds,
    asked_measures,
    gives,
    keys,
    measures,
    spans,
    speaks_of,
    specifics,
    without_asking,
)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("41—50周岁：728元", (41, 50, "岁")),
        ("0-4岁", (0, 4, "岁")),
        ("出生满28天至60周岁", (0, 60, "岁")),
        ("持有不足7天", (0, 7, "天")),
        ("持有天数：7天（含）至30天", (7, 30, "天")),
        ("65周岁及以上客户", (65, float("inf"), "岁")),
        ("正常还款满12个月", (12, float("inf"), "月")),
        ("每笔金额：1万元至10万元（含）", (1, 10, "万")),
        ("1万元（含）以下", (0, 1, "万")),
    ],
)
def test_a_range_is_read_with_its_ends_and_its_unit(text: str, span: tuple[float, float, str]) -> None:
    assert span in spans(text)


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        ("45岁", "41—50周岁：728元", True),
        ("45岁", "51—60周岁：1298元", False),
        ("75岁", "投保年龄：出生满28天至60周岁", False),
        ("1年", "正常还款满12个月", True),
        ("4年", "存期：3年；存期：5年", False),
        ("r2", "风险等级R2", True),
        ("r2", "R1至R5", False),
    ],
)
def test_a_text_speaks_of_a_quantity_it_names_or_has_in_a_range(asked: str, text: str, expected: bool) -> None:
    assert speaks_of(asked, text, specifics(text)) is expected


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("白金卡主卡一年年费多少", set()),
        ("金卡1年的年费", set()),
        ("定期一年利率多少", {"1年"}),
        ("两年年费一起交吗", {"2年"}),
        ("11年年费", {"11年"}),
    ],
)
def test_a_years_yearly_fee_names_no_term(question: str, named: set[str]) -> None:
    assert specifics(question) == named
    assert set(keys(question)) == named


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("年费多少", {"amount"}),
        ("三年定期利率", {"amount"}),
        ("均衡配置什么时候到期", {"time"}),
        ("最近的网点在哪里", {"place"}),
        ("稳盈固收的投资经理是谁", {"person"}),
        ("理财能保本吗", set()),
        ("借记卡丢了怎么挂失", set()),
        ("What is the annual fee of the card?", {"amount"}),
    ],
)
def test_question_words_say_what_sort_of_thing_answers(question: str, kinds: set[str]) -> None:
    assert asked_kinds(question) == kinds


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("amount", "主卡年费每年200元", True),
        ("amount", "口头挂失：不收取", True),
        ("amount", "请尽快办理口头挂失", False),
        ("time", "次日自动解锁", True),
        ("time", "净值会随市场波动", False),
        ("place", "持身份证件到任一网点办理", True),
        ("place", "年费为200元", False),
    ],
)
def test_an_answer_has_something_of_the_sort_asked_for(kind: str, text: str, expected: bool) -> None:
    assert gives(kind, text) is expected


def test_question_words_are_no_subject() -> None:
    assert "多少" not in without_asking("年费是多少呢？")
    assert "年费" in without_asking("年费是多少呢？")


def test_a_date_is_no_term() -> None:
    assert specifics("募集期至2026年11月30日，次年3月2日到期") == set()
    assert specifics("30天期，2026年11月30日起息") == {"30天"}


@pytest.mark.parametrize(
    ("question", "given", "lacking"),
    [
        ("书面挂失要多少钱", "每次10元", "有效期5天"),
        ("转账手续费多少", "不收取", "2小时后处理"),
        ("多久到账", "2小时后处理", "每笔5元"),
        ("满多少岁能办", "年满18周岁", "每年200元"),
        ("利息怎么算", "按活期存款利率计息", "50元起存"),
    ],
)
def test_an_amount_is_counted_in_what_was_asked(question: str, given: str, lacking: str) -> None:
    asked = asked_measures(question)
    assert asked & measures(given)
    assert not asked & measures(lacking)


def test_what_leaves_the_measure_open_asks_for_none() -> None:
    assert not asked_measures("最多几次")
