"""Staff sign in at the institution's own issuer: out, back to the same place, out again when it has expired, and in
words when it does not work. A real service without demo users, a real issuer over HTTP."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from app.composition import Replacements
from app.main import create_app
from app.settings import AuthSettings, LimitSettings, LlmSettings, Settings
from tests.browser.chat_page import DESK, PHONE
from tests.browser.fake_idp import CLIENT, FakeIdp
from tests.browser.knowledge_page import KnowledgePage
from tests.fakes import LinePrepare, MemoryIndex, OverlapSearch, QuietGuard, shared
from tests.ports import free_port

pytestmark = pytest.mark.browser

PLACE = "/knowledge#/synonyms"
ENTER = "用机构账号登录"


@pytest.fixture
def url() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def idp(url: str) -> Iterator[FakeIdp]:
    with FakeIdp(url) as running:
        yield running


@pytest.fixture
def page(chromium: Browser, idp: FakeIdp, url: str, tmp_path: Path) -> Iterator[KnowledgePage]:
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        auth=AuthSettings(secret=cast(Any, "s" * 40), issuer=idp.url, client_id=CLIENT),
        limits=LimitSettings(enabled=False),
        llm=LlmSettings(base_url="http://127.0.0.1:9/v1"),
    )
    index = MemoryIndex()
    parts: Any = Replacements(
        index=index, search=OverlapSearch(index), prepare=LinePrepare(), guard=QuietGuard(), **shared()
    )
    app = create_app(settings, parts)
    port = int(url.rsplit(":", 1)[1])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + 240
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    context = chromium.new_context(viewport=cast(Any, DESK), locale="zh-CN")
    try:
        yield KnowledgePage(context.new_page(), url)
    finally:
        context.close()
        server.should_exit = True
        thread.join(timeout=60)


def sign_in(page: Page) -> None:
    page.get_by_role("button", name=ENTER).click()
    page.get_by_role("button", name="以编辑身份登录").click()


def fits(page: Page) -> bool:
    """Nothing runs over the edge but the ornament behind the door, which is cut off on purpose."""
    return bool(
        page.evaluate(
            """() => document.scrollingElement.scrollWidth <= innerWidth && [...document.querySelectorAll("main *")]
              .filter((element) => element.checkVisibility() && !element.closest(".rosette"))
              .every((element) => element.getBoundingClientRect().right <= innerWidth + 0.5)"""
        )
    )


def test_staff_go_to_their_institution_and_come_back_to_where_they_were(
    page: KnowledgePage, idp: FakeIdp, url: str, tmp_path: Path
) -> None:
    seen = page.page

    # The door offers the institution's page and no password; at both widths.
    seen.goto(url + PLACE)
    expect(seen.get_by_role("button", name=ENTER)).to_be_visible()
    expect(seen.get_by_label("密码")).to_have_count(0)
    assert fits(seen)
    seen.screenshot(path=tmp_path / "door-1280.png")
    seen.set_viewport_size(cast(Any, PHONE))
    assert fits(seen)
    seen.screenshot(path=tmp_path / "door-390.png")

    # Out and back: the same place, the name that the issuer gives, a token in this tab alone, no code in the address.
    sign_in(seen)
    expect(seen.get_by_role("heading", name="同义词", exact=True)).to_be_visible()
    assert seen.url == url + PLACE
    expect(seen.get_by_text("示范编辑").first).to_be_attached()
    kept = seen.evaluate("() => [Object.keys(localStorage).join(), sessionStorage.getItem('wenda.staff')]")
    assert "staff" not in kept[0]
    assert '"name":"u-1729"' in kept[1]
    assert seen.evaluate("() => sessionStorage.getItem('wenda.oidc')") is None
    [asked] = idp.asked
    assert asked["scope"] == "openid profile"
    assert all(len(asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))

    # Expired: kind words, the button, and back once more.
    idp.lives_s = -3600.0
    seen.evaluate("() => sessionStorage.removeItem('wenda.staff')")
    seen.reload()
    sign_in(seen)
    failed = seen.get_by_role("alert")
    expect(failed).to_contain_text("登录已失效")
    assert "/signed-in" in seen.url
    assert "code=" not in seen.url
    idp.lives_s = 3600.0
    seen.get_by_role("button", name="重新登录").click()
    seen.get_by_role("button", name="以编辑身份登录").click()
    expect(seen.get_by_role("heading", name="同义词", exact=True)).to_be_visible()
    seen.evaluate(
        """() => {
          const staff = JSON.parse(sessionStorage.getItem('wenda.staff'));
          sessionStorage.setItem('wenda.staff', JSON.stringify({ ...staff, token: staff.token + 'x' }));
        }"""
    )
    seen.reload()
    expect(seen.get_by_text("登录已到期，请重新登录")).to_be_visible()
    expect(seen.get_by_role("button", name=ENTER)).to_be_visible()

    # Cancelled at the issuer; an answer that is not ours; an issuer that is away; somebody without a role here.
    seen.get_by_role("button", name=ENTER).click()
    seen.get_by_role("link", name="取消").click()
    expect(failed).to_contain_text("没有放行")
    assert fits(seen)
    seen.screenshot(path=tmp_path / "refused-390.png")
    seen.goto(f"{url}/signed-in?code=stolen&state=guessed")
    expect(failed).to_contain_text("不是从这个窗口开始的")
    idp.swap_nonce = True
    seen.goto(url + PLACE)
    sign_in(seen)
    expect(failed).to_contain_text("与请求不符")
    assert seen.evaluate("() => sessionStorage.getItem('wenda.staff')") is None or "x" in kept[1]
    idp.swap_nonce, idp.away = False, True
    seen.goto(url + PLACE)
    seen.get_by_role("button", name=ENTER).click()
    expect(failed).to_contain_text("登录系统暂时连不上")
    idp.away, idp.roles = False, ["customer"]
    sign_in(seen)
    expect(seen.get_by_text("这个账号没有知识管理的权限")).to_be_visible()
    assert page.faults == []
