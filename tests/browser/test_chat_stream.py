"""Sending and receiving: order, resuming, stopping, trying again, what survives a reload."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.chat_page import ChatPage, OpenChat
from tests.browser.fake_service import Cut, FakeService, Hold, Say, Script
from tests.browser.scripts import FAILED, QUESTION, grounded, say

pytestmark = pytest.mark.browser


def test_sentences_appear_in_order_as_they_are_released(chat: ChatPage, service: FakeService) -> None:
    service.scripts[QUESTION] = grounded("second", "third")
    chat.ask(QUESTION)
    expect(chat.answer).to_contain_text("单笔5万元")
    expect(chat.answer).not_to_contain_text("5000元")
    expect(chat.stop).to_be_visible()
    service.release("second")
    expect(chat.answer).to_contain_text("5000元")
    expect(chat.answer).not_to_contain_text("网点")
    service.release("third")
    chat.finished()
    assert chat.words().replace("\n", "") == "短信验证码单笔5万元。1新设备每日5000元。1更高限额请到网点签约。2"
    assert chat.faults == []


def test_a_message_is_sent_with_its_own_key_and_asks_for_a_stream(chat: ChatPage, service: FakeService) -> None:
    for text in ("第一问", "第二问"):
        chat.ask(text)
        expect(chat.answer).to_contain_text(text)
        chat.finished()
    (first, body), (second, _) = service.asked("POST", "/messages")
    assert body == {"text": "第一问"}
    assert first["accept"] == "text/event-stream"
    assert first["idempotency-key"] != second["idempotency-key"]


def test_progress_is_told_until_the_first_sentence_comes(chat: ChatPage, service: FakeService) -> None:
    told = Say("turn.progress", {"stage": "generating", "text": "已找到 4 份相关原文，正在组织答案……"})
    service.scripts[QUESTION] = Script([told, Hold("slow"), say("单笔5万元。")])
    chat.ask(QUESTION)
    expect(chat.answer).to_contain_text("已找到 4 份相关原文")
    service.release("slow")
    expect(chat.answer).to_contain_text("单笔5万元")
    expect(chat.answer).not_to_contain_text("已找到")


def test_a_broken_stream_resumes_where_it_was_without_doubles_or_losses(chat: ChatPage, service: FakeService) -> None:
    service.scripts[QUESTION] = Script(
        [say("一。"), say("二。"), Hold("tunnel"), Cut(), say("三。"), Hold("rest"), say("四。")]
    )
    chat.ask(QUESTION)
    expect(chat.answer).to_contain_text("二。")
    service.release("tunnel")
    expect(chat.answer).to_contain_text("三。")
    expect(chat.stop).to_be_visible()
    service.release("rest")
    chat.finished()
    assert chat.words() == "一。二。三。四。"
    assert chat.questions.all_text_contents() == [QUESTION]
    assert len(service.asked("POST", "/messages")) == 1
    headers, _ = service.asked("GET", "/events")[0]
    assert int(headers["last-event-id"]) >= 4


def test_a_message_whose_connection_broke_at_once_is_sent_again_with_the_same_key(
    chat: ChatPage, service: FakeService
) -> None:
    tried: list[str] = []

    def break_the_first(route: Route) -> None:
        tried.append(route.request.headers["idempotency-key"])
        if len(tried) == 1:
            route.abort("connectionreset")
        else:
            route.continue_()

    chat.page.route("**/messages", break_the_first)
    chat.ask("在吗")
    expect(chat.answer).to_contain_text("在吗")
    assert len(tried) == 2
    assert tried[0] == tried[1]
    expect(chat.questions).to_have_count(1)


def test_an_agent_message_that_fell_between_two_streams_is_not_lost(chat: ChatPage, service: FakeService) -> None:
    service.scripts["再问"] = Script([say("好的。"), Hold("busy")])
    chat.ask("先问")
    chat.finished()
    chat.ask("再问")
    expect(chat.answer).to_contain_text("好的")
    service.announce("agent.message", {"agent": "坐席一", "text": "我在看您的问题。"})
    service.release("busy")
    expect(chat.page.get_by_text("我在看您的问题。").first).to_be_visible()
    assert chat.questions.all_text_contents() == ["先问", "再问"]
    assert chat.answers.count() == 2


def test_stopping_keeps_what_was_said_tells_the_service_and_offers_to_retry(
    chat: ChatPage, service: FakeService
) -> None:
    service.scripts[QUESTION] = grounded("never")
    chat.ask(QUESTION)
    expect(chat.answer).to_contain_text("单笔5万元")
    chat.stop.click()
    expect(chat.answer).to_contain_text("已停止回答")
    expect(chat.answer).to_contain_text("单笔5万元")
    service.scripts[QUESTION] = grounded()
    chat.page.get_by_role("button", name="重试").click()
    expect(chat.answer).to_contain_text("网点签约")
    assert service.cancelled == ["turn1"]
    assert chat.questions.all_text_contents() == [QUESTION, QUESTION]


def test_what_the_service_still_says_of_a_stopped_answer_makes_no_second_one(
    chat: ChatPage, service: FakeService
) -> None:
    service.scripts[QUESTION] = grounded("never")
    chat.ask(QUESTION)
    expect(chat.answer).to_contain_text("单笔5万元")
    chat.stop.click()
    expect(chat.answer).to_contain_text("已停止回答")
    service.announce("agent.message", {"agent": "坐席一", "text": "我来帮您看。"})
    expect(chat.page.locator(".spoken")).to_contain_text("我来帮您看。")
    assert chat.answers.count() == 1
    expect(chat.answer).to_contain_text("已停止回答")


def test_a_failed_turn_says_what_the_service_says_and_can_be_retried(chat: ChatPage, service: FakeService) -> None:
    service.scripts["利率"] = FAILED
    chat.ask("利率")
    expect(chat.answer).to_contain_text("系统出了点问题，请重试。")
    service.scripts["利率"] = Script([say("0.05%。")])
    chat.page.get_by_role("button", name="重试").click()
    expect(chat.answer).to_contain_text("0.05%")


def test_a_refused_request_shows_its_title_and_is_sent_again_with_the_same_key(
    chat: ChatPage, service: FakeService
) -> None:
    title = "请求太频繁，请稍等片刻再试。"
    service.scripts[QUESTION] = Script(
        [say("单笔5万元。")], problem=(429, {"code": "too_many_requests", "title": title})
    )
    chat.ask(QUESTION)
    expect(chat.page.get_by_role("alert")).to_contain_text(title)
    chat.page.get_by_role("button", name="重新发送").click()
    expect(chat.answer).to_contain_text("单笔5万元")
    (first, _), (second, _) = service.asked("POST", "/messages")
    assert first["idempotency-key"] == second["idempotency-key"]
    expect(chat.questions).to_have_count(1)


def test_a_message_that_never_left_is_sent_again_when_the_network_returns(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.page.context.set_offline(True)
    expect(chat.page.get_by_role("status").filter(has_text="网络已断开")).to_be_visible()
    chat.ask("在吗")
    expect(chat.questions).to_have_text(["在吗"])
    chat.page.context.set_offline(False)
    expect(chat.answer).to_contain_text("在吗")
    expect(chat.questions).to_have_count(1)


def test_a_reload_brings_the_conversation_back_with_its_sources(chat: ChatPage, service: FakeService) -> None:
    service.scripts[QUESTION] = grounded()
    chat.ask(QUESTION)
    chat.finished()
    before = chat.words()
    chat.page.reload()
    expect(chat.page.get_by_role("region", name="依据原文")).to_be_visible()
    assert chat.words() == before
    assert chat.questions.all_text_contents() == [QUESTION]
    assert chat.said == []
    assert len(service.conversations) == 1


def test_a_pass_that_ran_out_is_renewed_and_the_question_still_answered(chat: ChatPage, service: FakeService) -> None:
    chat.ask("第一问")
    chat.finished()
    service.forget_visitors()
    chat.ask("第二问")
    expect(chat.answer).to_contain_text("第二问")
    expect(chat.page.get_by_text("会话已超时，已为您开启新的会话")).to_be_visible()
    assert chat.questions.all_text_contents() == ["第一问", "第二问"]


def test_a_turn_stream_without_the_customers_own_message_shows_it_once(chat: ChatPage, service: FakeService) -> None:
    service.scripts[QUESTION] = Script([say("单笔5万元。")], message_in_stream=False)
    chat.ask(QUESTION)
    chat.finished()
    expect(chat.questions).to_have_count(1)
    chat.ask("再问")
    expect(chat.answer).to_contain_text("再问")
    assert chat.questions.all_text_contents() == [QUESTION, "再问"]


def test_a_new_conversation_starts_with_a_clean_page(chat: ChatPage, service: FakeService) -> None:
    chat.ask("第一问")
    chat.finished()
    chat.page.get_by_role("button", name="设置").click()
    chat.page.get_by_role("dialog").get_by_role("button", name="开始新对话").click()
    expect(chat.page.get_by_role("heading", name="您好")).to_be_visible()
    chat.ask("第二问")
    expect(chat.answer).to_contain_text("第二问")
    assert len(service.conversations) == 2
