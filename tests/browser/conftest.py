"""A real Chromium for the pages: with a fake service for the chat, with the whole real one for the console."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from app.settings import Settings
from tests.browser.chat_page import ChatPage, OpenChat, phone_context, visit
from tests.browser.desk_page import OpenDesk
from tests.browser.fake_desk import FakeDesk, evening
from tests.browser.fake_service import FakeService
from tests.browser.knowledge_page import OpenConsole
from tests.browser.real_service import FRIDAY, RealService

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Not for the whole session: while Playwright's synchronous side runs, no other test can run an event loop.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    # How long a page may take is no matter of these tests: the service and others' tests share the machine with it.
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def running_service() -> Iterator[FakeService]:
    with FakeService() as running:
        yield running


@pytest.fixture
def service(running_service: FakeService) -> FakeService:
    running_service.reset()
    return running_service


@pytest.fixture
def open_chat(chromium: Browser, service: FakeService) -> Iterator[OpenChat]:
    """Opens the chat page in a browser of its own kind: `open_chat(color_scheme="dark")`."""
    opener = OpenChat(chromium, service.url)
    yield opener
    opener.close()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    """The real service on the Friday evening before a change of fees."""
    if not (Settings(_env_file=None).cache_dir / "models" / "multilingual-e5-small-int8" / "manifest.json").exists():
        pytest.skip("the embedding model is not in the cache: python -m deploy.local.embedding_model")
    with RealService(tmp_path_factory.mktemp("bank") / "data", FRIDAY) as running:
        yield running


@pytest.fixture
def open_console(chromium: Browser, bank: RealService) -> Iterator[OpenConsole]:
    """Opens the knowledge console: `open_console("editor", viewport=PHONE)`."""
    opener = OpenConsole(chromium, bank.url)
    yield opener
    opener.close()


@pytest.fixture(scope="package")
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    context = phone_context(chromium)
    yield context
    context.close()


@pytest.fixture
def chat(phone: BrowserContext, service: FakeService) -> Iterator[ChatPage]:
    """The chat page on a phone, as on a first visit (a tab of its own is a visitor of its own)."""
    page = visit(phone, service.url)
    yield page
    page.page.evaluate("localStorage.clear()")
    page.page.close()


@pytest.fixture(scope="package")
def running_desk() -> Iterator[FakeDesk]:
    with FakeDesk() as running:
        yield running


@pytest.fixture
def fake(running_desk: FakeDesk) -> FakeDesk:
    running_desk.reset()
    evening(running_desk)
    return running_desk


@pytest.fixture
def open_desk(chromium: Browser, fake: FakeDesk) -> Iterator[OpenDesk]:
    opener = OpenDesk(chromium, fake.url)
    yield opener
    opener.close()
