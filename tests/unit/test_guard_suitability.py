"""The suitability matrix, cell by cell, against the rules read a second time; and what it does to an answer."""

from __future__ import annotations

import pytest

from guardrails import Customer, Evidence, Guard, Product, Release, Releaser, customer_like, standing_of
from guardrails.rules import RuleError
from guardrails.suitability import Suitability
from guardrails.verdict import Verdict

TODAY = "2026-11-25"
PRODUCTS = [
    Product(f"P-R{n}", name, f"R{n}")
    for n, name in enumerate(["现金日盈", "稳盈固收90天", "均衡配置三号", "进取成长权益", "锐进期权"], 1)
]
MATRIX = Suitability()
_AGES = {"under_65": (None, 1962, 1990), "from_65": (1961, 1930)}


def _reading(operator: str, age: str, state: str, tolerance: str, level: str) -> tuple[str, set[str], set[str]]:
    """The rules in prose, read on their own: the action, words the sentence must have, words it must not have.

    A platform of a third party speaks of no product. A product above the tolerance is unsuitable; without a valid
    assessment nothing may be sold. From 65 on somebody explains in person, and a riskier product (R3 and up) is never
    merely told of.
    """
    if operator == "third_party":
        return "refer", {"不提供", "发行或销售机构"}, set()
    words: set[str] = set()
    unwanted: set[str] = set()
    if state == "missing":
        action, words = "warn", {"没有您的有效风险测评", "不能为您办理购买"}
    else:
        above = int(level[1]) > int(tolerance[1])
        action = "warn" if above or state == "expired" else "tell"
        if state == "expired":
            words |= {"已经过期", "不能为您办理购买"}
        if above:
            words |= {"高于", "不能为您办理购买"}
        elif state == "current":
            unwanted |= {"不能为您办理购买", "高于"}
        if age == "from_65" and state == "current" and int(level[1]) >= 3:
            action = "warn"
    if age == "from_65":
        words |= {"家人"}
    else:
        unwanted |= {"家人"}
    return action, words, unwanted


@pytest.mark.parametrize("key", list(MATRIX.keys()), ids="-".join)
def test_a_cell_says_what_the_rules_say(key: tuple[str, str, str, str, str]) -> None:
    cell = MATRIX.at(*key)
    action, words, unwanted = _reading(*key)
    assert cell.action == action
    assert [word for word in words if word not in cell.zh] == []
    assert [word for word in unwanted if word in cell.zh] == []
    assert "{name}" in cell.zh
    assert "{name}" in cell.en
    assert "办法" in cell.source


def test_the_matrix_is_full() -> None:
    assert len(list(MATRIX.keys())) == 2 * 2 * (5 + 5 + 1) * 5


@pytest.mark.parametrize(
    ("customer", "wanted"),
    [
        (Customer(), ("under_65", "missing", "none")),
        (Customer("C3"), ("under_65", "missing", "none")),
        (Customer("C9", "2027-01-01"), ("under_65", "missing", "none")),
        (Customer("C3", TODAY), ("under_65", "current", "C3")),
        (Customer("C3", "2026-11-24"), ("under_65", "expired", "C3")),
        (Customer("C3", "2027-01-01", 1961), ("from_65", "current", "C3")),
        (Customer("C3", "2027-01-01", 1962), ("under_65", "current", "C3")),
        (Customer(None, None, 1950), ("from_65", "missing", "none")),
    ],
)
def test_a_customer_stands_where_the_profile_says(customer: Customer, wanted: tuple[str, str, str]) -> None:
    standing = standing_of(customer, TODAY)
    assert (standing.age, standing.state, standing.tolerance) == wanted
    assert standing_of(customer_like(standing), TODAY) == standing
    assert standing_of(customer_like(standing), "") == standing


def test_an_unknown_operator_is_refused() -> None:
    with pytest.raises(RuleError, match="operator"):
        Suitability("agency")


# -- what it does to an answer ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bank() -> Guard:
    return Guard.create("稳答示范银行", "400-000-0000", PRODUCTS)


@pytest.fixture(scope="module")
def platform() -> Guard:
    return Guard.create("稳答示范平台", "400-000-0000", PRODUCTS, operator_type="third_party")


def _release(product: Product, customer: Customer | None, question: str = "", language: str = "zh-Hans") -> Release:
    text = f"{product.name}的固定管理费为0.20%/年，起购金额1元。购买渠道为手机银行和网点。"
    evidence = Evidence(text, f"{product.name}产品说明书", product_code=product.code, risk_level=product.risk_level)
    return Release(question or f"{product.name}的管理费", (evidence,), language, customer=customer, today=TODAY)


_CUSTOMERS = [
    customer_like(standing)
    for standing in dict.fromkeys(
        standing_of(Customer(tolerance, until, born), TODAY)
        for tolerance in (None, "C1", "C3", "C5")
        for until in ("2027-06-30", "2026-01-01")
        for born in (None, 1950)
    )
]


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.risk_level)
async def test_facts_stay_answerable_and_carry_the_warning_once(bank: Guard, product: Product, language: str) -> None:
    for customer in _CUSTOMERS:
        release = _release(product, customer, language=language)
        answer = f"{product.name}的固定管理费为0.20%/年。"
        verdict = await bank.check_output(answer, release)
        assert verdict.allowed, verdict
        cell = MATRIX.cell(product.risk_level or "", customer, TODAY)
        due = bank.disclosures(answer, release)[-1]
        assert due in verdict.masked_text
        if language != "zh-Hant":
            assert due == cell.say(product.name, language)
        assert product.risk_level in verdict.masked_text
        again = await bank.check_output(verdict.masked_text, release)
        assert again.allowed, (again, verdict.masked_text)
        assert again.masked_text == verdict.masked_text


PROMOTIONS = (
    "{name}很符合您的需求。",
    "您可以购买{name}。",
    "不妨考虑{name}。",
    "{name}值得关注，欢迎申购。",
    "{name}是一个不错的选择。",
    "您可以申购它。",
    "{name}适合稳健型的您。",
    "推荐您试试{name}。",
    "You can buy {name} now.",
    "{name} is a good choice for you.",
)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.risk_level)
@pytest.mark.parametrize("pattern", PROMOTIONS)
def test_no_promotion_of_what_does_not_suit_leaves(bank: Guard, product: Product, pattern: str) -> None:
    sentence = pattern.format(name=product.name)
    for customer in _CUSTOMERS:
        release = _release(product, customer)
        if MATRIX.cell(product.risk_level or "", customer, TODAY).action == "tell":
            continue
        releaser = Releaser(bank, release)
        released = [*releaser.feed(sentence), *releaser.finish()]
        shown = "".join(one.text for one in released)
        assert sentence.strip("。.") not in shown
        assert all(one.replaced for one in released)


def test_a_suitable_product_may_be_explained_how_to_buy(bank: Guard) -> None:
    customer = Customer("C4", "2027-06-30")
    release = _release(PRODUCTS[1], customer)
    assert bank.check_release("您可以在手机银行购买稳盈固收90天。", release).allowed
    blocked = bank.check_release(
        "您可以在手机银行购买稳盈固收90天。", _release(PRODUCTS[1], Customer("C1", "2027-06-30"))
    )
    assert (blocked.action, blocked.reason, blocked.rule_ids[0]) == ("block", "unsuitable", "out.unsuitable.promotion")


@pytest.mark.parametrize(
    "sentence",
    [
        "签署风险确认书后仍可购买。",
        "您勾选“我已知晓风险”即可继续购买。",
        "点击“购买”即可下单。",
        "要不要我带您去购买页面？",
        "在手机银行一键买入即可。",
        "Shall I take you to the purchase page?",
    ],
)
def test_no_way_around_the_warning_is_shown(bank: Guard, sentence: str) -> None:
    blocked = bank.check_release(sentence, _release(PRODUCTS[3], Customer("C1", "2027-06-30")))
    assert (blocked.action, blocked.rule_ids[0]) == ("block", "out.unsuitable.route")


@pytest.mark.parametrize(
    "sentence",
    [
        "按规定签署确认书也不能为您办理购买。",
        "点击“风险测评”即可重新测评。",
        "要不要我带您看产品说明书？",
        "请不要立即下单，先和家人商量。",
        "申购确认后第二个工作日开始计息。",
    ],
)
def test_the_way_back_is_no_way_around(bank: Guard, sentence: str) -> None:
    evidence = (Evidence(f"{PRODUCTS[3].name}说明：{sentence}", risk_level="R4"),)
    verdict = bank.check_release(sentence, Release("", evidence, customer=Customer("C1", "2027-06-30"), today=TODAY))
    assert "out.unsuitable.route" not in verdict.rule_ids


@pytest.mark.parametrize("sentence", ["购买渠道为手机银行和网点。", "起购金额1元。", "固定管理费为0.20%/年。"])
def test_plain_facts_pass_whoever_asks(bank: Guard, sentence: str) -> None:
    for product in PRODUCTS:
        for customer in _CUSTOMERS:
            assert bank.check_release(sentence, _release(product, customer)).allowed


def test_the_product_in_hand_is_the_best_passages_when_nobody_names_one(bank: Guard) -> None:
    due = bank.disclosures("固定管理费为0.20%/年。", _release(PRODUCTS[3], Customer("C2", "2027-06-30"), "它的管理费"))
    assert due == [
        "进取成长权益的风险等级为R4（中高风险）。",
        MATRIX.at("bank", "under_65", "current", "C2", "R4").say("进取成长权益", "zh-Hans"),
    ]


def test_a_question_about_no_rated_product_gets_no_such_sentence(bank: Guard) -> None:
    release = Release("挂失手续费", (Evidence("挂失手续费每卡10元。"),), customer=Customer(), today=TODAY)
    assert bank.disclosures("挂失手续费每卡10元。", release) == []


def test_of_two_products_each_gets_its_own_word_and_like_ones_share_it(bank: Guard) -> None:
    release = _release(PRODUCTS[1], Customer("C3", "2027-06-30"), "有哪些产品")
    told = bank.disclosures("有现金日盈、稳盈固收90天和锐进期权。", release)
    assert any(sentence.startswith("现金日盈、稳盈固收90天的风险等级没有超过") for sentence in told)
    assert any(sentence.startswith("锐进期权的风险等级高于") for sentence in told)


def _said(verdict: Verdict | None) -> tuple[str, str]:
    assert verdict is not None
    return verdict.action, verdict.reason


async def test_a_third_party_speaks_of_no_rated_product_and_answers_the_rest(platform: Guard) -> None:
    release = _release(PRODUCTS[1], Customer("C5", "2027-06-30"))
    assert _said(platform.check_operator(release)) == ("refuse", "operator_type")
    verdict = await platform.check_output("固定管理费为0.20%/年。", release)
    assert (verdict.action, verdict.reason) == ("block", "operator_type")
    assert "0.20%" not in verdict.masked_text
    plain = Release("挂失手续费", (Evidence("挂失手续费每卡10元。"),), customer=Customer(), today=TODAY)
    assert platform.check_operator(plain) is None
    assert (await platform.check_output("挂失手续费每卡10元。", plain)).allowed
    assert not platform.check_release("您也可以了解锐进期权。", plain).allowed


def test_a_wording_meant_for_nobody_is_held_to_no_customer(bank: Guard) -> None:
    assert bank.disclosures("稳盈固收90天（R2）暂停申购。", Release("公告", ())) == []
