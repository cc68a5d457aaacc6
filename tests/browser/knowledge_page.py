"""The knowledge console as its people find it: by labels and words, not by markup."""

from __future__ import annotations

import json
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, expect

from tests.browser.chat_page import DESK


class KnowledgePage:
    """faults: uncaught errors and policy violations the browser reported."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if "Content Security" in said.text else None)

    def sign_in(self, name: str, password: str = "demo") -> None:
        self.page.get_by_label("用户名").fill(name)
        self.page.get_by_label("密码", exact=True).fill(password)
        self.page.get_by_role("button", name="登录", exact=True).click()

    def go(self, place: str) -> None:
        """place: what follows /knowledge# in the address."""
        self.page.evaluate("(place) => { location.hash = place; }", place)

    def open_version(self, job: dict[str, Any], tab: str = "") -> None:
        self.go(f"/documents/{job['document_id']}/{job['version']}{'/' + tab if tab else ''}")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name)

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def said(self) -> Locator:
        """What was just done, for eyes and screen readers."""
        return self.page.locator(".toast")

    def choose_files(self, *files: tuple[str, str | bytes]) -> None:
        """As if picked in the browser's own dialog."""
        payloads: list[FilePayload] = [
            {
                "name": name,
                "mimeType": "application/octet-stream",
                "buffer": content.encode() if isinstance(content, str) else content,
            }
            for name, content in files
        ]
        self.page.locator("input[type=file]").set_input_files(payloads)

    def drop_files(self, *files: tuple[str, str]) -> None:
        """As if dragged from the desktop onto the page."""
        transfer = self.page.evaluate_handle(
            """(files) => {
              const transfer = new DataTransfer();
              for (const [name, text] of files) transfer.items.add(new File([text], name));
              return transfer;
            }""",
            [list(file) for file in files],
        )
        for event in ("dragover", "drop"):
            self.page.locator(".drop").dispatch_event(event, {"dataTransfer": transfer})

    def fits(self) -> bool:
        """Nothing is cut off, runs over its neighbour or scrolls sideways, except tables in their own frames and the
        tabs, of which the chosen one is in sight."""
        return bool(
            self.page.evaluate(
                """async () => {
                  // What the page does after a paint, such as scrolling its tabs, is done then.
                  for (let at = 0; at < 2; at += 1)
                    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
                  const wide = document.documentElement.clientWidth;
                  const end = (element) => element.getBoundingClientRect().right;
                  const within = (part, whole) =>
                    [...document.querySelectorAll(part)]
                      .filter((element) => element.checkVisibility())
                      .every((element) => end(element) <= end(element.closest(whole)) + 0.5);
                  const inner = (element) => element.closest(".rich-table, .sr, .skip, .tabs, .rosette");
                  const main = document.querySelector("main");
                  return document.scrollingElement.scrollWidth <= wide && main.scrollWidth <= main.clientWidth
                    && within(".field input, .field select", ".field") && within(".tabs [aria-current]", ".tabs")
                    && [...document.querySelectorAll("main, header, section, dialog, button, a, p, h1, h2, li, input")]
                      .filter((element) => element.checkVisibility() && !inner(element))
                      .every((element) => element.getBoundingClientRect().right <= wide + 0.5);
                }"""
            )
        )


class OpenConsole:
    """Calling it opens the console in a fresh profile, signed in as a demo user when one is named."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._contexts: list[BrowserContext] = []

    def __call__(self, name: str = "", *, initial: str = "", **options: Any) -> KnowledgePage:
        context = self._browser.new_context(**{"viewport": DESK, "locale": "zh-CN", **options})
        context.set_default_timeout(60_000)
        self._contexts.append(context)
        if initial:
            context.add_init_script(initial)
        if name:
            context.add_init_script(self._signed_in(name))
        console = KnowledgePage(context.new_page(), self._url)
        console.page.goto(f"{self._url}/knowledge")
        expect(console.page.locator(".console" if name else ".door")).to_be_visible()
        return console

    def _signed_in(self, name: str) -> str:
        """As if this person had signed in by the form, which a test of its own does."""
        form = {"username": name, "password": "demo"}
        token = httpx.post(f"{self._url}/v1/auth/token", data=form, trust_env=False, timeout=60).json()
        kept = json.dumps(json.dumps({"token": token["access_token"], "name": name, "roles": token["roles"]}))
        return f"sessionStorage.getItem('wenda.staff') ?? sessionStorage.setItem('wenda.staff', {kept});"

    def close(self) -> None:
        for context in self._contexts:
            context.close()
