"""The chat page as a customer finds it: by labels and words, not by markup."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


class ChatPage:
    """faults: uncaught errors and policy violations the browser reported."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if "Content Security" in said.text else None)

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name="输入您的问题")

    @property
    def send(self) -> Locator:
        return self.page.get_by_role("button", name="发送", exact=True)

    @property
    def stop(self) -> Locator:
        return self.page.get_by_role("button", name="停止回答")

    @property
    def answers(self) -> Locator:
        return self.page.get_by_role("article", name="AI 客服")

    @property
    def answer(self) -> Locator:
        return self.answers.last

    @property
    def questions(self) -> Locator:
        return self.page.locator(".asked .bubble")

    @property
    def said(self) -> list[str]:
        """What a screen reader was told, in order."""
        return self.page.locator("[aria-live=polite][role=log] p").all_text_contents()

    def ask(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def finished(self) -> None:
        expect(self.stop).to_have_count(0)

    def words(self) -> str:
        """The last answer's words, as shown."""
        return self.answer.locator(".answer-text").inner_text()

    def fits(self) -> bool:
        """Nothing is cut off or scrolls sideways."""
        return bool(
            self.page.evaluate(
                """() => {
                  const wide = document.documentElement.clientWidth;
                  const inner = (element) => element.closest(".rich-table, .sr, .skip");
                  return document.scrollingElement.scrollWidth <= wide
                    && [...document.querySelectorAll("main, header, footer, dialog, button, p, h1, h2, li")]
                      .filter((element) => element.checkVisibility() && !inner(element))
                      .every((element) => element.getBoundingClientRect().right <= wide + 0.5);
                }"""
            )
        )


def phone_context(browser: Browser, **options: Any) -> BrowserContext:
    context = browser.new_context(**{"viewport": PHONE, "locale": "zh-CN", **options})
    context.set_default_timeout(60_000)
    return context


def visit(context: BrowserContext, url: str) -> ChatPage:
    chat = ChatPage(context.new_page())
    chat.page.goto(url)
    expect(chat.page.locator("#composer textarea")).to_be_visible()
    return chat


class OpenChat:
    """Calling it opens the page in a fresh profile; keyword arguments go to the browser's context."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._contexts: list[BrowserContext] = []

    def __call__(self, *, initial: str = "", **options: Any) -> ChatPage:
        """initial: script that runs before the page's own."""
        context = phone_context(self._browser, **options)
        self._contexts.append(context)
        if initial:
            context.add_init_script(initial)
        return visit(context, self._url)

    def close(self) -> None:
        for context in self._contexts:
            context.close()
