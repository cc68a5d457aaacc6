"""That something costs nothing is read as a price, and nothing else is."""

from __future__ import annotations

import pytest

from app.alarms.free import read_free

_FREE = (
    "跨行转账免费",
    "本行账户之间转账免收手续费",
    "查询不收费",
    "不收取任何费用",
    "年费全免",
    "金卡免年费",
    "免首年年费",
    "挂失费不收",
    "费用为零",
    "费用为0",
    "查余额不要钱",
    "一分钱不收",
    "无需支付手续费",
    "补换社保卡不另收费",
    "零手续费",
    "一律不收工本费",
    "网上打印不花钱",
    "手续费全免",
    "费用一律免收",
    "免除账户管理费",
    "no annual fee",
    "transfers are free",
    "issued free of charge",
    "全程免费",
    "打流水分文不取",
    "不向您收取任何费用",
    "赎回不再收取赎回费",
    "0元年费",
    "每月前3笔免费",
    "不收您一分钱",
    "违约金一概免除",
    "免收违约金",
    "租箱免押金",
    "买卖股票零佣金",
    "没有账户管理费",
    "管理费一概豁免",
    "唔使俾租",
    "costs nothing",
    "we send another one for free",
)

_NOT_FREE = (
    "不收现金",
    "报表不收电子邮件",
    "免费额度用完后每笔2元",
    "前3次免费次数",
    "转账不免费",
    "不能免手续费",
    "是否收费",
    "免税",
    "免责条款",
    "免赔额",
    "免密支付",
    "不可免除还款责任",
    "不再免费",
    "免打扰",
    "免费电话95588",
    "免征利息税",
    "取消免费",
    "不收旧版纸币",
    "免息期50天",
    "未免除年费",
    "不用交材料",
    "零余额账户费用",
    "利率10.0%年费",
    "手续费2元",
    "没有缴费记录",
    "无偿还能力",
    "免赔额为零",
    "豁免保费后合同继续有效",
    "无费率变动",
    "no documents needed",
)


@pytest.mark.parametrize("text", _FREE)
def test_what_is_free_is_read_where_it_is_said(text: str) -> None:
    (found,) = read_free(text)

    assert text[found.start : found.end] == found.text
    assert found.value == 0


@pytest.mark.parametrize("text", _NOT_FREE)
def test_what_is_counted_denied_or_no_price_is_not(text: str) -> None:
    assert read_free(text) == []


@pytest.mark.parametrize("text", ["不再再再" * 20_000, "免" * 80_000, "no " * 30_000, "无需再另额外" * 15_000])
def test_any_text_is_read_in_linear_time(text: str) -> None:
    assert read_free(text) == []
