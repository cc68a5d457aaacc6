"""The customer's own data in the settings: a copy is downloaded, an erasure is asked for twice and then really done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat_page import OpenChat
from tests.browser.real_service import RealService

QUESTION = "你好"


@pytest.fixture
def open_real(chromium: Browser, bank: RealService) -> Iterator[OpenChat]:
    opener = OpenChat(chromium, bank.url)
    yield opener
    opener.close()


def test_a_customer_takes_a_copy_and_has_everything_erased(
    open_real: OpenChat, bank: RealService, tmp_path: Path
) -> None:
    chat = open_real()
    page = chat.page
    chat.ask(QUESTION)
    expect(chat.answers).to_have_count(1)
    chat.finished()
    page.get_by_role("button", name="设置").click()
    settings = page.get_by_role("dialog", name="显示与对话")
    settings.get_by_text("我的数据").click()
    with page.expect_download() as downloading:
        settings.get_by_role("button", name="下载一份").click()
    downloading.value.save_as(tmp_path / "data.json")
    data = json.loads((tmp_path / "data.json").read_text(encoding="utf-8"))
    assert data["conversations"][0]["messages"][0]["text"] == QUESTION
    expect(settings.get_by_text("已经下载")).to_be_visible()

    settings.get_by_role("button", name="全部删除").click()
    # A keyboard and a screen reader are where the warning is, and after it where they were.
    expect(settings.get_by_text("无法恢复")).to_be_focused()
    settings.get_by_role("button", name="先不删").click()
    expect(settings.get_by_text("无法恢复")).to_have_count(0)
    settings.get_by_role("button", name="全部删除").click()
    assert chat.fits()
    settings.get_by_role("button", name="确认删除").click()
    expect(settings.locator("summary")).to_be_focused()
    expect(settings.get_by_text("已经删除")).to_be_visible()
    expect(chat.questions).to_have_count(0)
    token = page.evaluate("sessionStorage.getItem('wenda.token')")
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=bank.url, trust_env=False, timeout=60, headers=headers) as http:
        assert http.get("/v1/customers/me/data").json()["conversations"] == []
    page.keyboard.press("Escape")
    chat.ask(QUESTION)
    expect(chat.answers).to_have_count(1)
    assert not chat.faults
