"""The quote generator says nothing that is not in a passage, letter for letter."""

from app.generation.generator import Request
from app.generation.quote import QuoteGenerator, answer_lines, excerpt
from app.knowledge.wording import specifics
from tests.unit.test_citing import FEES, RATES, passage

LONG = passage(
    "\n".join(
        [
            "第一条 本产品为非保本浮动收益型理财产品。",
            *(
                f"第{n}条 其他约定第{n}款，与费用没有关系，仅为一般说明文字，供客户阅读了解。"
                for n in "二三四五六七八九"
            ),
            "第十条 赎回费按持有天数收取：",
            "| 持有天数 | 赎回费率 |",
            "| 不足7天 | 1.50% |",
            "| 满30天 | 0 |",
        ]
    )
)


async def text_of(question: str, *evidence, language="zh-Hans") -> str:
    request = Request(question=question, standalone=question, evidence=evidence, language=language)
    return "".join([piece async for piece in QuoteGenerator().stream(request)])


async def test_every_line_is_verbatim():
    for passages in ([FEES, RATES], [LONG], [LONG, FEES]):
        for line in (await text_of("赎回费率是多少", *passages)).splitlines():
            assert any(line in p.text for p in passages), line


async def test_the_unit_that_answers_is_in_a_long_passages_quote_and_the_table_keeps_its_header():
    quoted = await text_of("持有不足7天的赎回费率是多少", LONG)
    assert "| 不足7天 | 1.50% |" in quoted
    assert "| 持有天数 | 赎回费率 |" in quoted
    assert "第五条" not in quoted


async def test_a_faq_gives_its_whole_answer_without_its_question():
    faq = passage("问：挂失收费吗？\n答：挂失手续费每卡50元。\n白金卡免收。", question="挂失收费吗？")
    assert answer_lines(faq) == ["挂失手续费每卡50元。", "白金卡免收。"]
    assert (await text_of("挂失要钱吗", faq)).splitlines() == ["挂失手续费每卡50元。", "白金卡免收。"]


async def test_english_is_told_that_the_wording_is_chinese():
    assert (await text_of("What is the annual fee?", FEES, language="en")).startswith("Here is the exact wording")


async def test_no_evidence_no_words():
    assert await text_of("年费") == ""
    assert excerpt("年费是多少", [FEES]) == ["年费为每年300元，刷卡满6次免次年年费。", "挂失手续费每卡50元。"]


async def test_a_passage_with_the_quantity_asked_for_speaks_before_one_with_another():
    one_year = passage("问：一年定期存款利率是多少？\n答：一年期年利率为0.95%。", question="一年定期存款利率是多少？")
    table = passage("存期：一年；年利率：0.95%\n存期：三年；年利率：1.25%\n存期：五年；年利率：1.30%", "定期存款")
    assert "1.25%" in await text_of("三年期定期存款利率", one_year, table)
    assert "0.95%" in await text_of("1年期定期存款利率", one_year, table)
    assert "r2" in specifics("那R2的呢")
    assert specifics("二十五岁、3个月、三年期") == {"25岁", "3月", "3年"}


async def test_an_english_question_keeps_the_searchs_order_whatever_small_words_an_english_passage_shares():
    english = passage(
        "The card of the bank is frozen at once and costs CNY 10.", question="Is the card of the bank lost?"
    )
    quoted = await text_of("What is the annual fee of the card?", FEES, english, language="en")
    assert "年费为每年300元" in quoted
    assert "frozen" not in quoted


async def test_the_passage_that_answers_speaks_before_one_that_only_shares_the_subject():
    times = passage("住房贷款每个自然年最多提前还款3次。", "常见问题", question="一年可以提前还几次房贷？")
    penalty = passage("住房贷款未满12个月提前还款的，按1%收取违约金。", "常见问题", question="房贷可以提前还款吗？")
    assert "1%" in await text_of("房贷不到一年提前还，违约金怎么算？", times, penalty)


async def test_an_age_finds_the_row_it_falls_into():
    excess = passage("年度免赔额为1万元。", "安康百万医疗险", question="百万医疗的免赔额是多少？")
    premiums = passage("年龄：31—40周岁；年保费：398元\n年龄：41—50周岁；年保费：728元", "安康百万医疗险")
    assert "728元" in await text_of("45岁买安康百万医疗险一年保费多少？", excess, premiums)


def faq(question: str, answer: str, category: str):
    return passage(answer, title="常见问题解答", section=category, question=question)


def test_a_sibling_of_what_was_asked_for_is_not_quoted_however_alike_its_wording():
    consumer = faq("消费贷款提前还款要违约金吗？", "不要。消费贷款随时可以提前还款，免收违约金。", "房贷与提前还款")
    house = faq("房贷可以提前还款吗？", "可以。未满12个月的，按提前还款本金的1%收取。", "房贷与提前还款")
    assert excerpt("提前还房贷要违约金吗", [consumer, house]) == answer_lines(house)


def test_rows_for_other_values_than_the_one_asked_for_are_set_aside():
    rates = passage("下表利率自5月20日起执行。\n存期：1年；年利率：0.95%\n存期：3年；年利率：1.25%\n按存入日利率计息。")
    assert excerpt("三年定期利率多少", [rates]) == [
        "下表利率自5月20日起执行。",
        "存期：3年；年利率：1.25%",
        "按存入日利率计息。",
    ]
    assert len(excerpt("定期利率多少", [rates])) == 4
    assert len(excerpt("八年定期利率多少", [rates])) == 4  # nothing of eight years: better all than a wrong one


def test_a_passage_far_ahead_in_the_search_is_quoted_though_another_shares_more_words():
    asked = faq("大额存单多少钱起购？", "20万元起购，以1万元递增。", "存款")
    other = passage("大额存单可办理质押贷款，贷款金额不超过存单金额的90%。", title="大额存单公告", section="质押")
    assert excerpt("大额存单起存金额", [asked, other], [28.0, 21.0]) == answer_lines(asked)


def test_each_part_of_a_question_gets_its_own_quote():
    draw = faq("ATM一天最多能取多少钱？", "每卡每日不超过2万元。", "银行卡")
    counter = faq("柜台取多少钱需要提前预约？", "5万元以上请提前1个工作日预约。", "银行卡")
    quoted = excerpt("ATM一天最多取多少？到柜台取超过多少要预约？", [draw, counter], [26.0, 21.0])
    assert quoted == [*answer_lines(draw), *answer_lines(counter)]


def test_two_things_asked_of_at_once_are_told_one_by_one():
    fixed = passage("存期：3年；年利率：1.25%", title="整存整取定期存款", section="挂牌利率")
    large = passage("期限：3年；年利率：1.55%", title="个人大额存单发行公告", section="期限与利率")
    quoted = excerpt("三年期定期和三年期大额存单的年利率分别是多少", [fixed, large], [25.0, 21.0])
    assert quoted == ["存期：3年；年利率：1.25%", "期限：3年；年利率：1.55%"]


async def test_who_names_no_account_is_not_told_the_limit_of_a_special_one():
    special = passage(
        "问：Ⅱ类账户一天能转多少？\n答：Ⅱ类账户每日累计转出不超过1万元。", question="Ⅱ类账户一天能转多少？"
    )
    general = passage("问：单笔最多能转多少？\n答：单笔5万元、每日20万元。", question="单笔最多能转多少？")
    assert excerpt("一天最多能转多少钱", [special, general], [23.0, 22.0]) == answer_lines(general)
    assert excerpt("二类账户一天能转多少钱", [special, general], [23.0, 22.0]) == answer_lines(special)


async def test_where_the_question_left_the_card_open_both_cards_are_quoted():
    debit = passage("收费项目：书面挂失手续费；收费标准：每次10元", title="借记卡收费说明")
    credit = passage("收费项目：挂失手续费；金卡：每卡40元", title="信用卡收费说明")
    assert excerpt("挂失要多少钱", [debit, credit], [25.0, 22.0]) == [debit.text, credit.text]
    assert excerpt("信用卡挂失要多少钱", [credit, debit], [25.0, 22.0]) == [credit.text]


async def test_of_a_table_only_the_rows_that_speak_of_the_question_are_quoted():
    fees = passage(
        "收费项目：开卡工本费；收费标准：不收取\n收费项目：书面挂失手续费；收费标准：每次10元\n"
        "收费项目：短信提醒；收费标准：每月2元",
        title="借记卡收费说明",
    )
    assert excerpt("借记卡办书面挂失要多少钱", [fees]) == ["收费项目：书面挂失手续费；收费标准：每次10元"]
    assert len(excerpt("借记卡有哪些收费项目", [fees])) == 3


async def test_what_every_row_has_and_what_the_title_says_tells_no_rows_apart():
    fees = passage(
        "\n".join(f"收费项目：{what}；收费标准：不收取" for what in ("开卡工本费", "年费", "口头挂失", "短信提醒"))
        + "\n收费项目：书面挂失手续费；收费标准：每次10元",
        title="借记卡服务与收费说明",
    )
    quoted = excerpt("借记卡办书面挂失要多少钱", [fees], synonyms=[("要多少钱", "收费", "费用", "手续费")])
    assert "收费项目：书面挂失手续费；收费标准：每次10元" in quoted
    assert not any("开卡" in row or "年费" in row for row in quoted)
    plans = passage("保障项目：意外医疗；尊享版：5万元\n保障项目：年保费；尊享版：298元", title="安心行意外伤害保险")
    assert "保障项目：年保费；尊享版：298元" in excerpt("安心行意外险尊享版一年多少钱", [plans])


async def test_days_are_no_answer_to_how_much_money():
    steps = passage("书面挂失须到网点办理；口头挂失有效期5天。", title="借记卡说明")
    fees = passage("收费项目：书面挂失手续费；收费标准：每次10元", title="借记卡说明")
    assert excerpt("借记卡书面挂失多少钱", [steps, fees], [26.0, 25.0])[0] == fees.text


async def test_two_questions_between_commas_are_both_answered():
    wait = passage("问：医疗险的等待期多久？\n答：等待期为30天。", question="医疗险的等待期多久？")
    regret = passage("问：医疗险犹豫期有多少天？\n答：犹豫期为15天。", question="医疗险犹豫期有多少天？")
    quoted = excerpt("买医疗险犹豫期几天，等待期又是几天", [wait, regret], [26.0, 24.0])
    assert quoted == ["犹豫期为15天。", "等待期为30天。"]


async def test_a_phrase_is_found_by_what_else_it_is_called():
    rows = passage("认证方式：短信验证码；每日限额：20万元\n认证方式：面容或指纹；每日限额：2万元", "转账限额")
    groups = [("刷脸", "面容", "人脸")]
    assert excerpt("刷脸一天能转多少", [rows], synonyms=groups) == ["认证方式：面容或指纹；每日限额：2万元"]
    assert excerpt("how much with my face", [rows], synonyms=[("face", "面容")]) == [
        "认证方式：面容或指纹；每日限额：2万元"
    ]


async def test_a_mended_question_chooses_what_is_quoted():
    one, other = passage("起购金额：1万元", "产品要素"), passage("募集期：2026年11月", "产品要素")
    request = Request(
        question="起够多少", standalone="起够多少", evidence=[other, one], understood="起购多少", standing=[25.0, 24.9]
    )
    assert await anext(QuoteGenerator().stream(request)) == "起购金额：1万元\n"
