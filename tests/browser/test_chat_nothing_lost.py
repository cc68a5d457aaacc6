"""The customer's words on a bad day: none is lost, none goes out twice, none passes for what it is not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage, OpenChat
from tests.browser.fake_service import FakeService, Hold, Script
from tests.browser.gate import Gate
from tests.browser.scripts import say

pytestmark = pytest.mark.browser


def unsent(chat: ChatPage) -> Locator:
    return chat.page.locator(".is-unsent")


def restart(chat: ChatPage) -> None:
    chat.page.get_by_role("button", name="设置").click()
    chat.page.get_by_role("dialog").get_by_role("button", name="开始新对话").click()
    expect(chat.page.get_by_role("heading", name="您好")).to_be_visible()


def test_a_person_asked_for_while_the_first_message_goes_out_joins_the_same_conversation(
    chat: ChatPage, service: FakeService
) -> None:
    beginning = Gate(chat.page, "**/v1/conversations")
    with chat.page.expect_request("**/v1/conversations"):
        chat.ask("在吗")
    chat.page.get_by_role("button", name="转人工").click()
    expect(chat.page.get_by_role("button", name="转人工")).to_be_disabled()
    beginning.open()
    expect(chat.answer).to_contain_text("在吗")
    expect(chat.page.locator(".note")).to_contain_text("已为您登记人工服务")
    assert len(service.conversations) == 1


def test_a_conversation_left_before_it_had_begun_is_neither_taken_up_nor_queued(
    chat: ChatPage, service: FakeService
) -> None:
    beginning = Gate(chat.page, "**/v1/conversations")
    with chat.page.expect_request("**/v1/conversations"):
        chat.page.get_by_role("button", name="转人工").click()
    restart(chat)
    with chat.page.expect_response("**/v1/conversations"):
        beginning.open()
    chat.ask("在吗")
    expect(chat.answer).to_contain_text("在吗")
    chat.finished()
    assert service.asked("POST", "/handoff") == []
    assert [path for _, path, _, _ in service.requests if path.endswith("/messages")] == [
        "/v1/conversations/c2/messages"
    ]


def test_a_message_that_failed_stays_until_it_is_sent_whatever_is_said_after_it(
    chat: ChatPage, service: FakeService
) -> None:
    busy = (429, {"code": "too_many_requests", "title": "请求太频繁，请稍等片刻再试。"})
    service.scripts["第一句"] = Script([say("第一句的回答。")], problem=busy)
    service.scripts["第二句"] = Script([say("第二句的回答。")], problem=busy)
    chat.ask("第一句")
    expect(unsent(chat)).to_contain_text("第一句")
    chat.ask("第二句")
    expect(unsent(chat)).to_have_count(2)
    chat.ask("第三句")
    expect(chat.answer).to_contain_text("第三句")
    chat.finished()
    unsent(chat).filter(has_text="第二句").get_by_role("button", name="重新发送").click()
    expect(chat.answer).to_contain_text("第二句的回答")
    chat.finished()
    unsent(chat).filter(has_text="第一句").get_by_role("button", name="重新发送").click()
    expect(chat.answer).to_contain_text("第一句的回答")
    expect(unsent(chat)).to_have_count(0)
    assert chat.questions.all_text_contents() == ["第三句", "第二句", "第一句"]
    keys: dict[str, set[str]] = {}
    for headers, body in service.asked("POST", "/messages"):
        keys.setdefault(body["text"], set()).add(headers["idempotency-key"])
    assert all(len(of_one) == 1 for of_one in keys.values())
    assert len(set.union(*keys.values())) == 3


def test_only_the_failed_message_that_is_discarded_goes(chat: ChatPage, service: FakeService) -> None:
    busy = (429, {"code": "too_many_requests", "title": "请求太频繁，请稍等片刻再试。"})
    for text in ("第一句", "第二句"):
        service.scripts[text] = Script([say("好的。")], problem=busy)
        chat.ask(text)
        expect(unsent(chat).filter(has_text=text)).to_be_visible()
    unsent(chat).filter(has_text="第二句").get_by_role("button", name="删除").click()
    expect(unsent(chat)).to_have_count(1)
    expect(unsent(chat)).to_contain_text("第一句")


def test_the_same_words_said_long_ago_do_not_pass_for_a_message_that_never_left(
    chat: ChatPage, service: FakeService
) -> None:
    chat.ask("在吗")
    chat.finished()
    chat.page.route("**/v1/conversations/**", lambda route: route.abort("internetdisconnected"))
    chat.page.reload()
    chat.ask("在吗")
    expect(unsent(chat)).to_contain_text("消息还没有发出去")
    chat.page.unroute("**/v1/conversations/**")
    chat.page.evaluate("dispatchEvent(new Event('online'))")
    expect(chat.answer).to_contain_text("在吗")
    expect(unsent(chat)).to_have_count(1)
    unsent(chat).get_by_role("button", name="重新发送").click()
    expect(chat.answers).to_have_count(2)
    expect(unsent(chat)).to_have_count(0)
    assert chat.questions.all_text_contents() == ["在吗", "在吗"]


def test_a_message_written_while_the_conversation_is_being_fetched_is_sent_until_it_arrives(
    chat: ChatPage, service: FakeService
) -> None:
    chat.ask("第一句")
    chat.finished()
    fetching = Gate(chat.page, "**/v1/conversations/c1")
    sending = Gate(chat.page, "**/messages")
    with chat.page.expect_request("**/v1/conversations/c1"):
        chat.page.reload()
    with chat.page.expect_request("**/messages"):
        chat.ask("第二句")
    with chat.page.expect_response("**/v1/conversations/c1"):
        fetching.open()
    sending.open(breaks=2)
    expect(chat.answer).to_contain_text("第二句")
    chat.finished()
    expect(chat.questions).to_have_text(["第一句", "第二句"])
    expect(unsent(chat)).to_have_count(0)


def test_a_message_stopped_while_an_earlier_answer_is_still_being_ended_stays_as_unsent(
    chat: ChatPage, service: FakeService
) -> None:
    service.scripts["第一句"] = Script([say("好的。"), Hold("never")])
    following = Gate(chat.page, "**/events")
    chat.ask("第一句")
    expect(chat.answer).to_contain_text("好的。")
    chat.stop.click()
    sending = Gate(chat.page, "**/messages")
    with chat.page.expect_request("**/messages"):
        chat.ask("第二句")
    chat.stop.click()
    expect(unsent(chat)).to_contain_text("第二句")
    sending.open()
    following.open()
    unsent(chat).get_by_role("button", name="重新发送").click()
    expect(chat.answer).to_contain_text("第二句")
    assert chat.questions.all_text_contents() == ["第一句", "第二句"]


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("在吗", "在吗"),
        ("我的号码是13800001111，帮我查一下", "我的号码是138****1111，帮我查一下"),
        ("卡号6222021234567890", "卡号**** 7890"),
    ],
)
def test_a_message_stopped_at_once_that_had_arrived_is_not_shown_as_unsent(
    chat: ChatPage, service: FakeService, text: str, logged: str
) -> None:
    service.scripts[text] = Script([Hold("never")], status="relayed", message_in_stream=False, logged=logged)
    with chat.page.expect_response("**/messages"):
        chat.ask(text)
    chat.stop.click()
    expect(unsent(chat)).to_have_count(0)
    assert chat.questions.all_text_contents() == [logged]


def test_a_message_stopped_at_once_that_had_not_arrived_stays_beside_another_that_did(
    chat: ChatPage, service: FakeService
) -> None:
    sending = Gate(chat.page, "**/messages")
    with chat.page.expect_request("**/messages"):
        chat.ask("我的号码是13800001111")
    chat.stop.click()
    expect(unsent(chat)).to_contain_text("13800001111")
    sending.open()
    chat.ask("我的号码写错了")
    expect(chat.answer).to_contain_text("写错了")
    chat.finished()
    expect(unsent(chat)).to_contain_text("13800001111")


def queue(service: FakeService, ticket: str) -> None:
    """A hand-over outside office hours, when a call back can be booked."""
    data = {"ticket_id": ticket, "reason": "explicit_human", "priority": "P2", "position": 1, "open": False}
    service.announce("handoff.created", {**data, "callback_slots": ["2026-11-30T09:00:00+08:00"]})


def test_a_call_back_booked_for_one_ticket_is_not_promised_for_the_next(chat: ChatPage, service: FakeService) -> None:
    chat.ask("在吗")
    chat.finished()
    queue(service, "k1")
    chat.page.get_by_role("button", name="预约回电").click()
    chat.page.get_by_label("您的电话号码").fill("13800001111")
    chat.page.get_by_role("button", name="确认预约").click()
    expect(chat.page.get_by_text("138****")).to_be_visible()
    service.announce("ticket.updated", {"ticket_id": "k1", "status": "left"})
    expect(chat.page.get_by_text("138****")).to_have_count(0)
    queue(service, "k2")
    expect(chat.page.get_by_role("button", name="预约回电")).to_be_visible()
    expect(chat.page.get_by_text("138****")).to_have_count(0)


def test_how_far_was_read_in_one_conversation_says_nothing_of_the_next(chat: ChatPage, service: FakeService) -> None:
    for text in ("第一句", "第二句", "第三句"):
        chat.ask(text)
        expect(chat.answer).to_contain_text(text)
        chat.finished()
    with chat.page.expect_request("**/c1/read"):
        service.announce("agent.message", {"agent": "坐席一", "text": "您好，请讲。"})
    service.announce("read", {"by": "agent", "sequence": 99})
    expect(chat.page.locator(".asked .read")).to_have_count(1)
    restart(chat)
    chat.ask("第四句")
    expect(chat.answer).to_contain_text("第四句")
    chat.finished()
    service.announce("ticket.updated", {"ticket_id": "k1", "status": "assigned"})
    with chat.page.expect_request("**/c2/read"):
        service.announce("agent.message", {"agent": "坐席二", "text": "我在。"})
    expect(chat.page.locator(".asked .read")).to_have_count(0)


def test_how_far_was_read_before_the_pass_ran_out_marks_nothing_after(chat: ChatPage, service: FakeService) -> None:
    chat.ask("第一句")
    chat.finished()
    service.announce("agent.message", {"agent": "坐席一", "text": "您好，请讲。"})
    service.announce("read", {"by": "agent", "sequence": 99})
    expect(chat.page.locator(".asked .read")).to_have_count(1)
    service.forget_visitors()
    chat.ask("第二句")
    expect(chat.answer).to_contain_text("第二句")
    chat.finished()
    expect(chat.page.locator(".asked .read")).to_have_count(0)
    service.announce("read", {"by": "agent", "sequence": 1})
    expect(chat.page.locator(".asked", has_text="第二句").locator(".read")).to_be_visible()
    expect(chat.page.locator(".asked .read")).to_have_count(1)
    assert service.asked("POST", "/c2/read") == []


DICTATION = """
  delete window.SpeechRecognition;
  window.webkitSpeechRecognition = class {
    start() { window.hear = (text) => this.onresult?.({ results: [[{ transcript: text }]] }); }
    stop() {}
    abort() {}
  };
"""


def dictate(chat: ChatPage) -> None:
    chat.page.get_by_role("button", name="语音输入").click()
    chat.page.get_by_role("button", name="使用", exact=True).click()
    expect(chat.page.get_by_text("正在听，请讲")).to_be_visible()


def test_what_was_dictated_and_sent_does_not_come_back_into_the_field(open_chat: OpenChat) -> None:
    chat = open_chat(initial=DICTATION)
    dictate(chat)
    chat.page.evaluate("hear('怎么挂失')")
    expect(chat.field).to_have_value("怎么挂失")
    chat.field.press("Enter")
    chat.page.evaluate("hear('怎么挂失。')")
    expect(chat.answer).to_contain_text("怎么挂失")
    chat.finished()
    expect(chat.field).to_have_value("")
    expect(chat.page.get_by_text("正在听，请讲")).to_have_count(0)


def test_what_is_corrected_while_dictating_is_not_written_over(open_chat: OpenChat) -> None:
    chat = open_chat(initial=DICTATION)
    dictate(chat)
    chat.page.evaluate("hear('怎么刮失')")
    expect(chat.field).to_have_value("怎么刮失")
    chat.field.fill("怎么挂失")
    chat.page.evaluate("hear('怎么刮失银行卡')")
    chat.field.press_sequentially("？")
    expect(chat.field).to_have_value("怎么挂失？")
    expect(chat.page.get_by_text("正在听，请讲")).to_have_count(0)
