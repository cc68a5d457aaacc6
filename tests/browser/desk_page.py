"""The desk as an agent finds it: by labels and words, not by markup."""

from __future__ import annotations

import json
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.chat_page import DESK


class DeskPage:
    """faults: uncaught errors and policy violations the browser reported."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if "Content Security" in said.text else None)

    @property
    def queue(self) -> Locator:
        return self.page.get_by_role("complementary", name="工单队列")

    @property
    def context(self) -> Locator:
        return self.page.get_by_role("complementary", name="客户情况")

    @property
    def field(self) -> Locator:
        return self.page.locator(".reply textarea")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def lines(self) -> Locator:
        """What was said, without notes."""
        return self.page.locator(".talk .line-text")

    @property
    def own(self) -> Locator:
        return self.page.locator(".line.is-own .line-text")

    def ticket(self, words: str) -> Locator:
        return self.queue.get_by_role("link").filter(has_text=words)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, key: str) -> None:
        self.page.bring_to_front()
        self.page.keyboard.press(key)

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def wait_for_the_rails(self) -> None:
        """However long they take, unlike an agent's page, which soon sends without them."""
        self.page.evaluate("AbortSignal.timeout = () => new AbortController().signal")

    def fits(self) -> bool:
        """Nothing that can be seen is cut off at the right or left, and nothing scrolls sideways."""
        return bool(
            self.page.evaluate(
                """() => {
                  const wide = document.documentElement.clientWidth;
                  const inner = (element) => element.closest(".rich-table, .sr, .skip, .rosette, svg");
                  const boxes = ".queue-scroll, .talk-scroll, .side-body, .figures";
                  return document.scrollingElement.scrollWidth <= wide
                    && [...document.querySelectorAll(boxes)].every((box) => box.scrollWidth <= box.clientWidth)
                    && [...document.querySelectorAll("header, aside, section, button, a, p, h1, h2, li, textarea")]
                      .filter((element) => element.checkVisibility() && !inner(element))
                      .map((element) => element.getBoundingClientRect())
                      .every((box) => box.right <= wide + 0.5 && box.left >= -0.5);
                }"""
            )
        )


class OpenDesk:
    """Calling it opens the desk in a fresh profile, signed in as a demo user when one is named."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._contexts: list[BrowserContext] = []

    def __call__(self, name: str = "agent", place: str = "", **options: Any) -> DeskPage:
        context = self._browser.new_context(
            **{"viewport": DESK, "locale": "zh-CN", "reduced_motion": "reduce", **options}
        )
        context.set_default_timeout(60_000)
        self._contexts.append(context)
        if name:
            context.add_init_script(self._signed_in(name))
        return self.window(context, place)

    def window(self, context: BrowserContext, place: str = "") -> DeskPage:
        """One more window of the same person."""
        desk = DeskPage(context.new_page())
        desk.page.goto(f"{self._url}/desk{place}")
        expect(desk.page.locator(".desk, .door")).to_be_visible()
        return desk

    def _signed_in(self, name: str) -> str:
        """As if this person had signed in by the form, which a test of its own does."""
        form = {"username": name, "password": "demo"}
        token = httpx.post(f"{self._url}/v1/auth/token", data=form, trust_env=False, timeout=60).json()
        kept = json.dumps(json.dumps({"token": token["access_token"], "name": name, "roles": token["roles"]}))
        return f"sessionStorage.getItem('wenda.staff') ?? sessionStorage.setItem('wenda.staff', {kept});"

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def in_hand(open_desk: OpenDesk) -> DeskPage:
    """The desk with an angry customer's ticket taken."""
    desk = open_desk(place="#/tickets/k-anger")
    expect(desk.button("接入").first).to_be_visible()
    desk.press("a")
    expect(desk.field).to_be_focused()
    return desk
