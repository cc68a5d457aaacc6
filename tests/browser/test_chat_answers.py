"""What answers look like: sources, labels, abstentions, refusals, emergencies, people; and what stays inert."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import DESK, ChatPage, OpenChat
from tests.browser.fake_service import FakeService, Hold, Say, Script
from tests.browser.scripts import ABSTAINED, EMERGENCY, QUESTION, REFUSED, citation, grounded, say

pytestmark = pytest.mark.browser


def test_a_citation_opens_its_passage_with_the_quote_marked_and_esc_returns_the_focus(
    chat: ChatPage, service: FakeService
) -> None:
    service.scripts[QUESTION] = grounded()
    chat.ask(QUESTION)
    mark = chat.answer.get_by_role("button", name="查看依据 1：转账汇款价格与限额").first
    mark.click()
    sheet = chat.page.get_by_role("dialog")
    expect(sheet).to_contain_text("转账汇款价格与限额 › 手机银行转账限额")
    for fact in ("第 3 版", "第 2 页", "有效期 2026-07-01 起", "短信验证码加交易密码"):
        expect(sheet).to_contain_text(fact)
    expect(sheet.locator("mark")).to_have_text(["新设备首次登录后的24小时内，每日转账累计不超过5000元。"])
    expect(sheet.get_by_role("heading")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(mark).to_be_focused()


def test_the_sheet_leads_from_one_source_to_the_next(chat: ChatPage, service: FakeService) -> None:
    service.scripts[QUESTION] = grounded()
    chat.ask(QUESTION)
    chat.answer.get_by_role("region", name="依据原文").get_by_role("button").first.click()
    sheet = chat.page.get_by_role("dialog")
    expect(sheet.get_by_role("button", name="上一条依据")).to_be_disabled()
    sheet.get_by_role("button", name="下一条依据").click()
    expect(sheet).to_contain_text("怎样提高手机银行转账限额？")
    expect(sheet).to_contain_text("有效期 2026-01-01 至 2026-12-31")
    expect(sheet.locator("mark")).to_have_text(["高于每日20万元的，需要到网点签约"])


def test_on_a_wide_screen_the_passage_stands_beside_the_conversation(open_chat: OpenChat, service: FakeService) -> None:
    chat = open_chat(viewport=DESK)
    service.scripts[QUESTION] = grounded()
    chat.ask(QUESTION)
    mark = chat.answer.get_by_role("button", name="查看依据 2").first
    mark.click()
    sheet = chat.page.get_by_role("dialog")
    expect(sheet.locator("mark")).to_be_visible()
    box, answer = sheet.bounding_box(), chat.answer.bounding_box()
    assert box is not None
    assert answer is not None
    assert answer["x"] + answer["width"] <= box["x"]
    chat.field.fill("还能接着输入")
    mark.focus()
    chat.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_a_quote_across_lines_and_table_cells_is_still_marked(chat: ChatPage, service: FakeService) -> None:
    text = "一、费用\n柜台汇款按每笔\n收取手续费。\n| 金额 | 费用 |\n| --- | --- |\n| 1万元以下 | 5元 |"
    cited = [citation(1, text=text, quote="柜台汇款按每笔收取手续费。| 金额 | 费用 || --- | --- || 1万元以下 | 5元 |")]
    service.scripts[QUESTION] = Script([say("5元。[1]"), Say("answer.citations", {"citations": cited})])
    chat.ask(QUESTION)
    chat.answer.get_by_role("button", name="查看依据 1").first.click()
    marked = chat.page.get_by_role("dialog").locator("mark")
    expect(marked).to_have_text(["柜台汇款按每笔", "收取手续费。", "金额", "费用", "1万元以下", "5元"])


def test_a_mark_without_a_source_is_not_left_standing(chat: ChatPage, service: FakeService) -> None:
    service.scripts[QUESTION] = Script([say("单笔5万元。[1]"), Hold("end"), say("每日20万元。[7]")])
    chat.ask(QUESTION)
    expect(chat.answer.locator(".cite")).to_have_count(1)
    service.release("end")
    chat.finished()
    expect(chat.answer.locator(".cite")).to_have_count(0)
    assert chat.words() == "单笔5万元。每日20万元。"


@pytest.mark.parametrize(("generator", "label"), [("vllm", "AI 生成"), ("quote", "文件原文"), ("rule", "自动回复")])
def test_every_answer_carries_its_label(chat: ChatPage, service: FakeService, generator: str, label: str) -> None:
    service.scripts[QUESTION] = Script([say("单笔5万元。")], generator=generator)
    chat.ask(QUESTION)
    expect(chat.answer.get_by_role("banner").or_(chat.answer.locator("header"))).to_contain_text(label)


def test_an_abstention_offers_a_person_and_another_try(chat: ChatPage, service: FakeService) -> None:
    service.scripts["行长是谁"] = ABSTAINED
    chat.ask("行长是谁")
    expect(chat.answer.get_by_role("heading", name="没有查到准确依据")).to_be_visible()
    chat.answer.get_by_role("button", name="换个说法").click()
    expect(chat.field).to_be_focused()
    chat.answer.get_by_role("button", name="转人工").click()
    expect(chat.page.get_by_text(re.compile("您排在第.2.位"))).to_be_visible()
    # The suggestion of the same name would only say it twice.
    expect(chat.page.locator(".suggestions button")).to_have_count(0)


def test_whoever_asked_in_vain_can_be_told_of_an_answer_and_ask_again_from_the_notice(
    chat: ChatPage, service: FakeService
) -> None:
    service.scripts["车位贷款几年"] = ABSTAINED
    chat.ask("车位贷款几年")
    wish = chat.answer.get_by_role("button", name="有答案时告诉我")
    # What it means is read with the control, before it is used.
    expect(wish).to_have_accessible_description(re.compile("只用来在这里通知您一次；随时可以取消"))
    wish.click()
    expect(chat.answer.get_by_text("会在这个对话里告诉您")).to_be_visible()
    assert [body for _, body in service.asked("PUT", "/notice")] == [{"consent": True}]
    chat.page.reload()
    chat.answer.get_by_role("button", name="不用通知了").click()
    expect(wish).to_be_visible()
    assert service.wishes == set()
    wish.click()
    expect(chat.answer.get_by_text("会在这个对话里告诉您")).to_be_visible()
    text = "您之前问的“车位贷款几年”，现在有了经过审核的答案。"
    service.announce("notice", {"text": text, "document_id": "d1", "question": "车位贷款几年"})
    notice = chat.page.get_by_role("note")
    expect(notice).to_contain_text("现在有了经过审核的答案")
    service.scripts["车位贷款几年"] = grounded()
    notice.get_by_role("button", name="再问一次").click()
    expect(chat.questions).to_have_text(["车位贷款几年", "车位贷款几年"])
    chat.finished()
    expect(chat.answer.get_by_role("button", name="有答案时告诉我")).to_have_count(0)
    assert chat.faults == []


def test_a_refusal_is_kind_and_offers_a_person(chat: ChatPage, service: FakeService) -> None:
    service.scripts["帮我挑"] = REFUSED
    chat.ask("帮我挑")
    expect(chat.answer.get_by_role("heading", name="这件事我不能这样帮您")).to_be_visible()
    expect(chat.answer.get_by_role("button", name="转人工")).to_be_visible()


def test_safety_words_stand_out_and_the_numbers_in_them_can_be_called(chat: ChatPage, service: FakeService) -> None:
    service.scripts["安全账户"] = EMERGENCY
    chat.ask("安全账户")
    expect(chat.answer.get_by_role("heading", name="请先停一下，钱先不要转")).to_be_visible()
    calls = chat.answer.get_by_role("link")
    assert [link.get_attribute("href") for link in calls.all()] == ["tel:110", "tel:96110", "tel:400-000-0000"]
    expect(chat.page.get_by_text(re.compile("您排在第.1.位"))).to_be_visible()


def test_asking_for_a_person_queues_shows_the_agent_and_can_be_left(chat: ChatPage, service: FakeService) -> None:
    chat.page.get_by_role("button", name="转人工").click()
    expect(chat.page.get_by_text(re.compile("您排在第.2.位"))).to_be_visible()
    chat.page.get_by_role("button", name="离开排队").click()
    expect(chat.page.locator(".note").get_by_text("您已离开排队")).to_be_visible()
    chat.page.get_by_role("button", name="转人工").click()
    expect(chat.page.get_by_text(re.compile("您排在第.2.位"))).to_be_visible()
    service.announce("ticket.updated", {"ticket_id": "k1", "status": "assigned"})
    service.announce("agent.message", {"agent": "坐席一", "text": "您好，请讲。"})
    expect(chat.page.get_by_text("人工客服 坐席一 正在为您服务")).to_be_visible()
    service.scripts["我的卡"] = Script([], status="relayed")
    chat.page.get_by_role("textbox").fill("我的卡")
    chat.page.get_by_role("textbox").press("Enter")
    expect(chat.questions).to_have_text(["我的卡"])
    chat.finished()
    expect(chat.answers).to_have_count(0)
    service.announce("ticket.updated", {"ticket_id": "k1", "status": "resolved"})
    chat.page.get_by_role("button", name="很满意").click()
    expect(chat.page.get_by_text("谢谢您的评价。")).to_be_visible()
    chat.page.get_by_role("button", name="很耐心").click()
    chat.page.get_by_role("button", name="提交评价").click()
    expect(chat.page.get_by_role("button", name="提交评价")).to_have_count(0)
    said = [body for _, body in service.asked("POST", "/rating")]
    person = {"about": "person", "score": 5, "comment": ""}
    assert said == [{**person, "reasons": []}, {**person, "reasons": ["patient"]}]


def test_thumbs_up_is_sent_at_once_and_thumbs_down_asks_why(chat: ChatPage, service: FakeService) -> None:
    chat.ask("第一问")
    chat.answer.get_by_role("button", name="有帮助").click()
    expect(chat.answer.get_by_role("button", name="有帮助")).to_have_attribute("aria-pressed", "true")
    chat.answer.get_by_role("button", name="没帮助").click()
    chat.answer.get_by_role("button", name="看不懂").click()
    chat.answer.get_by_role("textbox").fill("想要例子")
    chat.answer.get_by_role("button", name="提交").click()
    expect(chat.answer.get_by_text("谢谢您的反馈。")).to_be_visible()
    bodies = [body for _, body in service.asked("POST", "/turn1/feedback")]
    assert bodies == [
        {"rating": "up", "tags": [], "comment": ""},
        {"rating": "down", "tags": ["unclear"], "comment": "想要例子"},
    ]


def test_a_suggestion_is_asked_with_one_tap(chat: ChatPage, service: FakeService) -> None:
    service.scripts[QUESTION] = grounded()
    chat.ask(QUESTION)
    chat.page.get_by_role("button", name="转账多久能到账？").click()
    expect(chat.answer).to_contain_text("关于“转账多久能到账？”的回答")


def test_a_copied_answer_takes_its_label_and_sources_along(open_chat: OpenChat, service: FakeService) -> None:
    chat = open_chat(permissions=["clipboard-read", "clipboard-write"])
    service.scripts[QUESTION] = grounded()
    chat.ask(QUESTION)
    chat.answer.get_by_role("button", name="复制").click()
    expect(chat.answer.get_by_role("button", name="已复制")).to_be_visible()
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    assert "短信验证码单笔5万元。[1]" in copied
    assert "[1] 转账汇款价格与限额 › 手机银行转账限额" in copied
    assert "AI 生成" in copied


def test_markup_from_a_model_a_document_or_an_agent_stays_text(chat: ChatPage, service: FakeService) -> None:
    evil = "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script><a href='javascript:window.hit=1'>点我</a>"
    cited = [citation(1, title=evil, section=evil, text=evil, quote=evil, question=evil)]
    service.scripts[evil] = Script(
        [say(f"{evil}[1]"), Say("answer.citations", {"citations": cited}), Say("answer.suggestions", {"items": [evil]})]
    )
    chat.ask(evil)
    chat.answer.locator("button.cite").click()
    expect(chat.page.get_by_role("dialog").locator("mark")).to_have_text([evil])
    chat.page.keyboard.press("Escape")
    service.announce("agent.message", {"agent": evil, "text": evil})
    expect(chat.page.locator(".spoken")).to_contain_text("onerror")
    expect(chat.page.locator("#page img, #page script, #page a[href^=javascript]")).to_have_count(0)
    assert chat.page.evaluate("window.hit") is None
    assert chat.faults == []


def test_lists_bold_words_and_tables_are_read_as_such(chat: ChatPage, service: FakeService) -> None:
    text = "可以：\n- 手机银行 **免费**\n- 柜台\n\n1. 登录\n2. 确认\n\n| 方式 | 费用 |\n| --- | --- |\n| 柜台 | 10元 |"
    service.scripts[QUESTION] = Script([say(text)])
    chat.ask(QUESTION)
    chat.finished()
    assert chat.answer.locator("ul li").all_text_contents()[:2] == ["手机银行 免费", "柜台"]
    assert chat.answer.locator(".answer-text ol li").all_text_contents() == ["登录", "确认"]
    expect(chat.answer.locator("strong")).to_have_text(["免费"])
    expect(chat.answer.get_by_role("columnheader")).to_have_text(["方式", "费用"])
    expect(chat.answer.get_by_role("cell")).to_have_text(["柜台", "10元"])


def test_the_badge_follows_the_loading_model_and_the_banner_names_a_demonstration(
    open_chat: OpenChat, service: FakeService
) -> None:
    model = {"status": "loading", "stage": "load", "percent": 45, "title": "正在加载"}
    service.readiness["parts"]["model"] = model
    service.readiness["demo"] = True
    chat = open_chat()
    expect(chat.page.get_by_text("模型加载中 45%，先为您摘录原文")).to_be_visible()
    expect(chat.page.get_by_role("progressbar")).to_have_attribute("value", "45")
    expect(chat.page.locator(".strips").get_by_text("演示环境")).to_be_visible()
    service.readiness["parts"]["model"] = {**model, "status": "ready"}
    chat.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(chat.page.get_by_role("progressbar")).to_have_count(0)
