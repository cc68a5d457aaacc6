"""Any label.label is an address, in any script and however it is hidden; numbers and full stops are none."""

from __future__ import annotations

import pytest

from guardrails import Evidence, Guard, Release
from guardrails.cleaning import clean
from tests.cpu_time import cpu_seconds, keeps_pace


@pytest.mark.parametrize(
    "sentence",
    [
        "请打开 evil.company 办理。",
        "请登录 wenda.ai 查看。",
        "请登录 evil.icbc 查看。",
        "请打开 evil.photography/login 办理。",
        "请打开 银行.中国 办理。",
        "请访问 中银.集团办理。",
        "请打开 evil.рф 办理。",
        "请打开 은행.한국 。",
        "请打开 evil.c\u200bom 办理。",
        "请打开 evil\u2060.net 办理。",
        "请打开 evil dot com。",
        "请打开 evil [dot] com。",
        "请打开 evil(点)cn 。",
        "请访问 wenda．finance 。",
        "下载 wenda.apk 安装。",
        "请安装 稳答银行.apk 。",
        "Download update.exe now.",
        "Visit wenda.capital to log in.",
        "请打开 58.com 。",
        "请打开 12306.网址 。",
    ],
)
def test_an_address_is_seen_whatever_it_ends_in(sentence: str) -> None:
    assert clean(sentence).addresses


@pytest.mark.parametrize(
    "sentence",
    [
        "年利率为1.45%，净值1.0823.较上日上涨。",
        "请看第2.3.1条，版本v2.0.top版。",
        "登录手机银行App.点击转账。",
        "请使用WPS.Office或Node.js打开。",
        "见附件1.pdf和fees.xlsx。",
        "A.身份证 B.户口本 1.手机银行",
        "股票代码600519.SH仅供参考。",
        "Please bring your ID.Then sign.",
        "Fees apply.Credit cards too.",
        "The fee is 1.5% p.a. for cards, e.g. U.S. dollars.",
        "Mr.Wang会联系您。",
        "2.在线申请：打开手机银行。",
        "1.手机登录后点击“转账”。",
        "步骤如下：3.网站查询 进度。",
        "10点VIP客户专场开始。",
        "请点击“确认.提交”。",
        "邮箱li.na@mail",
    ],
)
def test_numbers_abbreviations_files_and_full_stops_are_no_addresses(sentence: str) -> None:
    assert clean(sentence).addresses == ()


def test_an_unknown_ending_is_withheld_unless_the_evidence_names_it() -> None:
    guard = Guard.create("稳答示范银行", "400-000-0000")
    sentence = "官网是 wenda.finance 。"
    verdict = guard.check_release(sentence, Release("官网", (Evidence("官网以柜台公告为准。"),)))
    assert (verdict.action, verdict.reason) == ("block", "bad_link")
    assert guard.check_release(sentence, Release("官网", (Evidence("官网是 wenda.finance 。"),))).allowed


@pytest.mark.parametrize("unit", ["a.", "银行.", "a", "ab.cd ", "www.", "0点", "evil dot "])
def test_looking_for_addresses_is_linear(unit: str) -> None:
    def spent(size: int) -> float:
        text = (unit * size)[:size]
        return cpu_seconds(lambda: clean(text))

    spent(1000)
    assert keeps_pace(spent, 5_000, 40_000, times=20, least=0.002)
