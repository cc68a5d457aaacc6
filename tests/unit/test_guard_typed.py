"""Chinese typed by its sound is read as the words it stands for; English is left alone."""

from __future__ import annotations

import pytest

from guardrails import Guard, TypedPinyin, read_trade_words
from guardrails.normal import NormalText


@pytest.fixture(scope="module")
def typed() -> TypedPinyin:
    return TypedPinyin(read_trade_words())


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("dingqi cunkuan sannian lilv duoshao", "定期存款三年利率多少"),
        ("shoujiyinhang mima wangle", "手机银行密码忘了"),
        ("ding qi cun kuan ti qian qu", "定期存款提前取"),
        ("xinyongkanianfeiduoshao", "信用卡年费多少"),
        ("dae cundan 3 nianqi lilv", "大额存单3年期利率"),
        ("atm quxian yao shouxufei ma?", "atm取现要手续费吗?"),
        ("wo beipian le", "我被骗了"),
    ],
)
def test_pinyin_is_read_with_or_without_blanks(typed: TypedPinyin, text: str, spelt: str) -> None:
    assert typed.spelt(text) == spelt


@pytest.mark.parametrize(
    "text",
    [
        "change pin", "manage my loan", "balance", "men can die", "what is the annual fee", "my card is gone", "hello",
        "wd-r1-01", "", "123", "信用卡nianfei多少", "x" * 200, "ma " * 200,
    ],
)  # fmt: skip
def test_what_is_no_pinyin_is_left_alone(typed: TypedPinyin, text: str) -> None:
    assert typed.spelt(text) is None


def test_every_character_leads_back_to_the_letters_it_was_read_from(typed: TypedPinyin) -> None:
    text = "wo xiang  guashi, ka diule"
    read = typed.read(NormalText(text, tuple(range(len(text))), text))
    assert read is not None
    assert len(read.origin) == len(read.text)
    start = read.text.index("挂失")
    first, end = read.span(start, start + 2)
    assert text[first:end] == "guashi"


async def test_honest_questions_in_pinyin_pass_and_emergencies_do_not() -> None:
    guard = Guard.create("稳答示范银行", "400-000-0000")
    for text in ("mai licai hui kuiben ma", "zenme banli fangdai", "shouji yinhang mima wang le zenme ban"):
        assert (await guard.check_input(text)).allowed, text
    for text, reason in (("bu xiang huo le", "self_harm"), ("wo beipian le sanwan", "fraud"), ("zhuan rengong", "")):
        verdict = await guard.check_input(text)
        assert verdict.action == "handoff", text
        assert verdict.reason == (reason or "explicit_human")
