"""The customer's words on a bad day: none is lost, none goes out twice, nothing is mixed up with another conversation."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.chat_page import ChatPage
from tests.browser.fake_service import FakeService

pytestmark = pytest.mark.browser


class Gate:
    """Requests to a path wait before it until the test opens it."""

    def __init__(self, chat: ChatPage, path: str) -> None:
        self._waiting: list[Route] = []
        self._open = False
        chat.page.route(path, self._arrive)

    def _arrive(self, route: Route) -> None:
        if self._open:
            route.continue_()
        else:
            self._waiting.append(route)

    def open(self) -> None:
        self._open = True
        for route in self._waiting:
            route.continue_()


def restart(chat: ChatPage) -> None:
    chat.page.get_by_role("button", name="设置").click()
    chat.page.get_by_role("dialog").get_by_role("button", name="开始新对话").click()
    expect(chat.page.get_by_role("heading", name="您好")).to_be_visible()


def test_a_person_asked_for_while_the_first_message_goes_out_joins_the_same_conversation(
    chat: ChatPage, service: FakeService
) -> None:
    beginning = Gate(chat, "**/v1/conversations")
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
    beginning = Gate(chat, "**/v1/conversations")
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
