"""Names of people, branches, institutions, laws and products: only those the evidence or the catalogue holds."""

from __future__ import annotations

import pytest

from guardrails.catalogue import Catalogue, Product
from guardrails.entities import EntityCheck
from guardrails.normal import Normaliser
from guardrails.numbers import read_facts
from guardrails.verdict import Evidence

CATALOGUE = Catalogue([Product("WY-R2-01", "稳盈固收90天", "R2"), Product("DQ001", "整存整取定期存款")])
NORMALISER = Normaliser()
CHECK = EntityCheck(CATALOGUE, "稳答示范银行", ["工商银行", "中国平安"])
FACTS = read_facts(
    [
        Evidence(
            "请到朝阳支行办理，联系人陈静，电话0571-88880000。根据《存款保险条例》，由示范人寿保险股份有限公司承保。"
            "Contact: Li Ming.",
            title="业务指南",
        )
    ],
    CATALOGUE,
    NORMALISER,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "行长是李明。",
        "我行行长为王建国。",
        "联系人：陈晓东。",
        "请联系客户经理张伟。",
        "由刘强先生负责。",
        "您可以找李经理办理。",
        "董事长赵海涛会回复您。",
        "请到西湖支行办理。",
        "网点位于解放路一带。",
        "地址是人民路88号。",
        "本产品由中国平安承保。",
        "根据《消费者权益保护法》，您可以退款。",
        "您也可以购买稳盈固收180天。",
        "The manager is Wang Fang.",
        "Please contact Mr. Zhang.",
        "Zhao Lei will call you.",
    ],
)
def test_a_name_nothing_supports_is_stopped(sentence: str) -> None:
    assert CHECK.check(sentence, FACTS) is not None


@pytest.mark.parametrize(
    "sentence",
    [
        "请联系陈静，电话0571-88880000。",
        "请到朝阳支行办理。",
        "请到就近支行或任一网点办理。",
        "根据《存款保险条例》，存款受保障。",
        "稳盈固收90天可以在手机银行购买。",
        "《整存整取定期存款》见说明书。",
        "稳答示范银行的客服会为您转接。",
        "由示范人寿保险股份有限公司承保。",
        "请联系客户经理办理，或拨打客服热线。",
        "金额、费用和高风险产品的说明见下表。",
        "任何工作人员都不会索要密码。",
        "Please contact Li Ming.",
        "Please use Mobile banking to report the loss.",
    ],
)
def test_known_names_and_ordinary_words_pass(sentence: str) -> None:
    assert CHECK.check(sentence, FACTS) is None


def test_a_name_the_customer_brought_may_be_said_only_to_deny_it() -> None:
    question = "行长是不是王建国"
    assert CHECK.check("资料中没有提到王建国。", FACTS, question) is None
    assert CHECK.check("是的，行长是王建国。", FACTS, question) is not None


def test_a_replaced_catalogue_knows_the_new_products() -> None:
    other = CHECK.with_catalogue(Catalogue([Product("WY-180", "稳盈固收180天")]))
    assert other.check("您可以查看稳盈固收180天。", FACTS) is None
    assert CHECK.check("您可以查看稳盈固收180天。", FACTS) is not None
