"""A customer at the real page, on real vLLM with the packaged model and the real index.

WENDA_E2E=short asks the few questions of `.ci/run`; full asks them all. Questions come from the evaluation suites.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from eval.cases import Case, load_suites
from tests.browser.chat_page import ChatPage, OpenChat
from tests.browser.conftest import chromium
from tests.e2e.conftest import SHORT
from tests.e2e.stack import Stack

__all__ = ["chromium"]

pytestmark = pytest.mark.e2e

# The packaged model writes a few tokens a second on two cores.
ANSWER_MS = 240_000


def picked(kind: str) -> list[Case]:
    cases = [case for suite in load_suites(["sample", "absent"]) for case in suite.cases if case.e2e == kind]
    return [case for case in cases if case.short] if SHORT else cases


@pytest.fixture
def chat(chromium: Browser, stack: Stack) -> Iterator[ChatPage]:
    opener = OpenChat(chromium, stack.url)
    page = opener()
    yield page
    assert page.faults == []
    opener.close()


def ask(chat: ChatPage, question: str) -> str:
    """Ask at the page and wait for the end; gives who wrote the answer: vllm, quote or rule."""
    before = chat.answers.count()
    begun = time.monotonic()
    chat.ask(question)
    expect(chat.answers).to_have_count(before + 1, timeout=ANSWER_MS)
    expect(chat.stop).to_have_count(0, timeout=ANSWER_MS)
    generator = chat.answer.locator(".label").get_attribute("data-generator") or ""
    print(f"{time.monotonic() - begun:5.1f} s {generator:5} {question} -> {chat.words()!r}", flush=True)
    return generator


@pytest.mark.parametrize("case", picked("answered"), ids=lambda case: case.id)
def test_the_model_answers_from_the_documents_with_citations(chat: ChatPage, case: Case) -> None:
    assert ask(chat, case.question) == "vllm"
    assert chat.answer.locator("button.cite").count() >= 1
    chat.answer.locator("button.cite").first.click()
    expect(chat.page.get_by_role("dialog").locator("mark").first).to_be_visible()


@pytest.mark.parametrize("case", picked("absent"), ids=lambda case: case.id)
def test_what_the_documents_do_not_say_is_not_answered(chat: ChatPage, case: Case) -> None:
    ask(chat, case.question)
    expect(chat.page.locator("article.is-abstained")).to_have_count(1)
    assert chat.answer.locator("button.cite").count() == 0


@pytest.mark.parametrize("case", picked("follow_up"), ids=lambda case: case.id)
def test_a_follow_up_is_understood(chat: ChatPage, case: Case) -> None:
    for earlier in case.history:
        ask(chat, earlier)
    ask(chat, case.question)
    assert any(fact in chat.words() for fact in case.answer_facts[0].split("|"))
    assert chat.answer.locator("button.cite").count() >= 1


def test_when_vllm_is_killed_in_mid_answer_the_turn_ends_with_quotes_and_the_model_comes_back(
    chat: ChatPage, stack: Stack
) -> None:
    case = picked("answered")[0]
    chat.ask(case.question)
    stack.await_work()
    stack.kill_vllm()
    expect(chat.answers).to_have_count(1, timeout=ANSWER_MS)
    expect(chat.stop).to_have_count(0, timeout=ANSWER_MS)
    assert chat.answer.locator(".label").get_attribute("data-generator") == "quote"
    assert any(fact in chat.words() for fact in case.answer_facts[0].split("|"))
    stack.await_loss()
    print(f"\nmodel back after {stack.await_model():.0f} s", flush=True)
    assert ask(chat, case.question) == "vllm"
