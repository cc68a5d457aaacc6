"""Personal data is found however it is spelt, and what only looks like it stays: both halves matter equally."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from guardrails.masking import find_personal_data, mask
from tests.cpu_time import cpu_seconds, keeps_pace

IDENTITY, CARD, MOBILE = "440306198804123379", "6217001234567890128", "13822334455"

VALID_CARD = "4111111111111111"


def _with_check_digit(identity: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return identity + "10X98765432"[sum(int(d) * w for d, w in zip(identity, weights, strict=True)) % 11]


TRUE = _with_check_digit("44030619880412337")


@pytest.mark.parametrize(
    ("text", "hidden", "kind"),
    [
        (f"ID{TRUE}", TRUE, "identity"),
        (f"证件号{TRUE[:6]}  {TRUE[6:14]}  {TRUE[14:]}", TRUE[6:14], "identity"),
        (f"{TRUE[:6]}，{TRUE[6:14]}，{TRUE[14:]}", TRUE[6:14], "identity"),
        (f"身份證號{TRUE[:9]}\n{TRUE[9:]}", TRUE[:9], "identity"),
        (f"身份证{IDENTITY}", IDENTITY, "identity"),
        ("身份证 110105 19491231 002 X", "19491231", "identity"),
        ("身份证110105194912310O2X", "110105194912310O2X", "identity"),
        ("身份证四四零三零六一九八八零四一二三三七九", "四四零三零六", "identity"),
        ("我的卡 6217 0012 3456 7890 111 打不开", "0012", "card"),
        ("card number 4111.1111.1111.1111", "1111.1111", "card"),
        ("手机1382\u200b2334455", "2334455", "phone"),
        (f"0086{MOBILE}", MOBILE, "phone"),
        ("138.2233.4455", "2233", "phone"),
        ("电话幺三八二二三三四四五五", "幺三八", "phone"),
        (f"微信同号{MOBILE}a", MOBILE, "phone"),
        (f"**{MOBILE}**", MOBILE, "phone"),
        (f"**卡号**：**{VALID_CARD}**", VALID_CARD, "card"),
        ("**验证码**：**483920**", "483920", "secret"),
        ("(021)56781234", "56781234", "phone"),
        ("座机01056781234", "56781234", "phone"),
        ("0755 8765 4321", "8765", "phone"),
        ("香港電話+852 9123 4567", "9123", "phone"),
        ("+886 912 345 678", "345", "phone"),
        ("passport number E12345678", "E12345678", "passport"),
        ("護照號碼：G12345678", "G12345678", "passport"),
        ("E12345678是我的护照", "E12345678", "passport"),
        ("回鄉證號碼H98765432", "H98765432", "identity"),
        ("往来港澳通行证W12345678", "W12345678", "identity"),
        ("台胞证12345678", "12345678", "identity"),
        ("HKID: Z683365(5)", "Z683365", "identity"),
        ("台湾身份证A123456789", "A123456789", "identity"),
        ("账户：3202 0123 0900 1234 567", "0123", "account"),
        ("验证码483920", "483920", "secret"),
        ("驗證碼：483920", "483920", "secret"),
        ("验证码（483920）", "483920", "secret"),
        ("483920是刚收到的验证码", "483920", "secret"),
        ("verification code: 483920", "483920", "secret"),
        ("my OTP is 483920", "483920", "secret"),
        ("取款密码改成850312了", "850312", "secret"),
        ("密碼係八五零三一二", "八五零三一二", "secret"),
        ("登录密码wang1980!", "wang1980", "secret"),
        ("家住幸福小区3栋2单元501", "3栋2单元501", "address"),
        ("寄到解放路十八号三单元五零一", "解放路十八号", "address"),
        ("我住在中山北路200号", "中山北路200号", "address"),
        ("邮箱 wang_jianguo ＠ qq．com", "wang_jianguo", "email"),
    ],
)
def test_personal_data_is_found_however_it_is_spelt(text: str, hidden: str, kind: str) -> None:
    assert [one.kind for one in find_personal_data(text)] == [kind]
    masked = mask(text)
    assert hidden not in masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "我存了13800000000元",
        "本金 18612345678.00 元",
        "订单号202611271234567890",
        "受理编号 320201202611270001",
        "贷款编号 110105202611270123",
        "2026112713451234567",
        "订单编号13822334455",
        "统一社会信用代码91110000100001234X",
        "联行号：308584000013，ATM编号 0102003045",
        "密码为6-20位字母，验证码5分钟内有效，输错3次锁定24小时",
        "password must be 8 to 16 characters, PIN has 6 digits",
        "验证码是95588发来的吗，密码忘了打95588",
        "the product code is 161725",
        "账户20260101起每季收3元",
        "2026-07-01至2027-06-30",
        "1000 2000 3000 4000 5000",
        "支行地址：延安路292号一楼",
        "文三路138号的网点周末开吗",
        "我家里人不知道15号扣款",
        "护照2026年12月到期，身份证到期日20301231",
        "港澳通行证要2000元吗",
        "一三五七九，二零二六年七月一日，三百万零五千元",
        "热线400-000-0000，0086-400-000-0000",
        "①身份证②银行卡③手机",
        "price 100@1.5",
        "银行卡：2026-11-27 2027-01-01两次扣费",
        "卡：10000 20000 30000三档",
        "账号：2026-11-27 10:00开的，户号：10000 20000",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert mask(text, {"4000000000"}) == text


def test_a_telephone_behind_its_own_word_is_one_beside_any_other_label() -> None:
    assert "2233" not in mask(f"订单预留手机{MOBILE}")
    assert mask(f"订单号{MOBILE}") == f"订单号{MOBILE}"


_PIECES = (
    *(
        "手机",
        "卡号",
        "账号",
        "密码",
        "验证码",
        "是",
        "：",
        "，",
        " ",
        MOBILE,
        CARD,
        TRUE,
        "护照",
        "E12345678",
        "通行证",
        "**",
    ),
    *("[固定电话]", "[地址]", "****", "010", "-", "88886666", "文三路", "138号", "2幢", "502室", "我住在", "元", "位"),
    *("\u200b", "一三九", "\n", "订单号", "2026", "1", "my password", "is", "OTP", "+852 ", "9123", "。", "X", "."),
)


def test_masking_twice_changes_nothing_and_places_are_those_of_the_text() -> None:
    rng = random.Random(7)
    for _ in range(3000):
        text = "".join(rng.choice(_PIECES) for _ in range(rng.randint(1, 10)))
        found = find_personal_data(text)
        assert all(one.start < one.end for one in found)
        assert all(one.end <= other.start for one, other in pairwise(found))
        masked = mask(text)
        assert mask(masked) == masked, text


@pytest.mark.parametrize(
    "unit", ["1 ", "12-", "路1号", "密码", "一二三四", "a@", MOBILE + " ", "1\u200b", "地址", "A123456(7)", "._a"]
)
def test_the_work_grows_with_the_text_and_no_faster(unit: str) -> None:
    def spent(size: int) -> float:
        text = (unit * size)[:size]
        return cpu_seconds(lambda: mask(text), tries=3)

    spent(1000)
    assert keeps_pace(spent, 5_000, 40_000, times=20, least=0.002)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("我的密码是123456ming", "123456ming"),
        ("密码是2024Min88", "2024Min88"),
        ("密码是123456%Abc", "123456%Abc"),
        ("密码是123456char1", "123456char1"),
        ("邮箱_zhangsan@163.com", "zhangsan"),
        ("邮箱-zhangsan@163.com", "zhangsan"),
        ("邮箱是...zhangsan@qq.com", "zhangsan"),
        ("邮箱是...zhangsan at qq dot com", "zhangsan"),
        ("邮箱zhangsan@163.com@x.com", "zhangsan"),
        (f"我的银行号码是{VALID_CARD}", VALID_CARD),
        (f"订单实名填的{TRUE}", TRUE),
        (f"订单号{TRUE}", TRUE),
        ("订单填的13812345678收不到短信", "13812345678"),
        ("请给13812345678次日回电", "13812345678"),
    ],
)
def test_words_that_only_look_like_a_unit_or_a_thing_excuse_nothing(text: str, hidden: str) -> None:
    masked = mask(text)
    assert hidden not in masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "密码是6位，验证码5 min内有效",
        "密码输错3次后，验证码10minutes之后再试",
        "密码至少8 characters",
        "密码强度为100%。",
        "订单：13812345678",
        "流水号是13812345678",
        "行号13812345678",
        "累计交易13812345678次",
    ],
)
def test_a_unit_or_a_thing_still_excuses_its_number(text: str) -> None:
    assert mask(text) == text
