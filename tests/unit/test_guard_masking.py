"""Personal data is masked before storage; amounts, dates and product codes are left alone."""

from __future__ import annotations

import pytest

from guardrails.masking import find_personal_data, is_bank_card, is_identity_number, mask


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我的身份证是11010519491231002X", "identity"),
        ("身份证 110105 19491231 002x 收到", "identity"),
        ("卡号6222 0212 3456 7890 128", "card"),
        ("卡号4111111111111111", "card"),
        ("电话13812345678", "phone"),
        ("手机+86 138-1234-5678", "phone"),
        ("固话010-88886666", "phone"),
        ("邮箱 someone.else@example.com", "email"),
        ("护照号E12345678", "passport"),
        ("验证码是 482913", "secret"),
        ("密码：abc123456", "secret"),
        ("账号 0200001909234567890", "account"),
        ("电话１３８１２３４５６７８", "phone"),
        ("我住在杭州市西湖区文三路138号2幢1单元502室", "address"),
        ("寄到人民路25号3栋402室", "address"),
    ],
)
def test_personal_data_is_found_and_masked(text: str, kind: str) -> None:
    found = find_personal_data(text)
    assert [f.kind for f in found] == [kind]
    masked = mask(text)
    assert text[found[0].start : found[0].end] not in masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "转账1234567890元",
        "2026年7月1日至2026年12月31日",
        "产品代码WY-R2-01，金额1,000,000.00元",
        "客服热线400-000-0000",
        "年利率0.95%，期限36个月",
        "订单号20260701123456",
        "验证码收不到怎么办",
        "网点地址：杭州市西湖区文三路138号",
        "第3条第2款",
        "",
    ],
)
def test_amounts_dates_and_codes_are_untouched(text: str) -> None:
    assert mask(text) == text


def test_a_public_number_may_be_allowed() -> None:
    assert mask("请拨打010-12345678", {"01012345678"}) == "请拨打010-12345678"


def test_check_digits_decide() -> None:
    assert is_identity_number("11010519491231002X")
    assert not is_identity_number("110105194912310021")
    assert is_bank_card("4111111111111111")
    assert not is_bank_card("4111111111111112")
    assert not is_bank_card("0000000000000000")


def test_long_runs_of_digits_are_read_to_the_end() -> None:
    assert mask("1 " * 50_000).count("1") > 0
