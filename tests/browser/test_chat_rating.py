"""The question about the answers: asked when nothing is said, never twice, and what is being written to it stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage, OpenChat
from tests.browser.fake_service import FakeService

pytestmark = pytest.mark.browser

# Longer than the page waits before it asks.
QUIET_MS = 46_000


@pytest.fixture
def chat(open_chat: OpenChat) -> ChatPage:
    """Two answers, with a clock that can be put forward."""
    chat = open_chat()
    chat.page.clock.install()
    chat.page.reload()
    for text in ("第一问", "第二问"):
        chat.ask(text)
        expect(chat.answer).to_contain_text(text)
        chat.finished()
    return chat


def form(chat: ChatPage) -> Locator:
    return chat.page.get_by_role("form", name="前面的回答，帮到您了吗？")


def be_quiet(chat: ChatPage) -> None:
    chat.finished()
    chat.page.clock.run_for(QUIET_MS)


def ask_again(chat: ChatPage, text: str) -> None:
    chat.ask(text)
    expect(chat.answer).to_contain_text(text)
    chat.finished()


def test_a_comment_being_written_survives_the_next_words_and_a_queue(chat: ChatPage, service: FakeService) -> None:
    be_quiet(chat)
    form(chat).get_by_role("button", name="很满意").click()
    form(chat).get_by_role("textbox").fill("说得很清楚")
    ask_again(chat, "第三问")
    expect(form(chat).get_by_role("textbox")).to_have_value("说得很清楚")
    chat.page.get_by_role("button", name="转人工").click()
    expect(chat.page.get_by_role("button", name="离开排队")).to_be_visible()
    expect(form(chat).get_by_role("textbox")).to_have_value("说得很清楚")
    assert chat.fits()
    form(chat).get_by_role("button", name="提交评价").click()
    expect(form(chat)).to_have_count(0)
    said = [body for _, body in service.asked("POST", "/rating")]
    assert said[-1] == {"about": "bot", "score": 5, "reasons": [], "comment": "说得很清楚"}


def test_the_thanks_are_told_where_the_focus_is_and_go_with_the_next_words(chat: ChatPage) -> None:
    be_quiet(chat)
    form(chat).get_by_role("button", name="很满意").click()
    form(chat).get_by_role("button", name="提交评价").click()
    thanks = chat.page.get_by_role("status").filter(has_text="谢谢您的评价。")
    expect(thanks).to_be_focused()
    ask_again(chat, "第三问")
    expect(thanks).to_have_count(0)
    be_quiet(chat)
    expect(form(chat)).to_have_count(0)


def test_a_question_that_was_closed_is_not_asked_again_until_a_new_conversation(chat: ChatPage) -> None:
    be_quiet(chat)
    form(chat).get_by_role("button", name="关闭").click()
    expect(form(chat)).to_have_count(0)
    ask_again(chat, "第三问")
    be_quiet(chat)
    expect(form(chat)).to_have_count(0)
    chat.page.get_by_role("button", name="设置").click()
    chat.page.get_by_role("dialog").get_by_role("button", name="开始新对话").click()
    for text in ("第四问", "第五问"):
        ask_again(chat, text)
    be_quiet(chat)
    expect(form(chat)).to_be_visible()


def test_a_question_nobody_answered_goes_with_the_next_words_and_comes_again(chat: ChatPage) -> None:
    be_quiet(chat)
    expect(form(chat)).to_be_visible()
    ask_again(chat, "第三问")
    expect(form(chat)).to_have_count(0)
    be_quiet(chat)
    expect(form(chat)).to_be_visible()
