"""The way of a new fee schedule: from a file on Friday evening to the chat's answer on Monday, and not before."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat_page import phone_context, visit
from tests.browser.knowledge_page import OpenConsole
from tests.browser.real_service import MONDAY_MIDNIGHT, SUNDAY_NIGHT, RealService, fees

pytestmark = pytest.mark.browser

QUESTION = "借记卡挂失手续费是多少？"


def answer(chromium: Browser, bank: RealService) -> tuple[str, dict[str, Any]]:
    """What a customer reads in the chat now, and what the source behind it shows."""
    context = phone_context(chromium)
    chat = visit(context, bank.url)
    chat.ask(QUESTION)
    expect(chat.answer.locator(".sources")).to_be_visible()
    chat.finished()
    words = chat.words()
    chat.answer.get_by_role("button", name="查看依据 1").first.click()
    sheet = chat.page.get_by_role("dialog")
    source = {"facts": sheet.locator(".sheet-facts").inner_text(), "mark": sheet.locator("mark").first.inner_text()}
    context.close()
    return words, source


def test_a_new_fee_schedule_goes_from_a_file_to_the_chat_on_its_day(
    chromium: Browser, bank: RealService, open_console: OpenConsole
) -> None:
    bank.publish("个人银行服务价格表.md", fees(start="2026年1月1日", loss="10"), valid_from="2026-01-01")
    assert "10元" in bank.ask(QUESTION)["text"]

    editor = open_console("editor")
    editor.link("上传文件").click()
    editor.drop_files(("个人银行服务价格表（2026年12月）.md", fees(start="2026年11月30日", loss="15")))
    target = editor.page.get_by_label("收录方式")
    expect(target.locator("option:checked")).to_have_text("作为《个人银行服务价格表》的新版本")
    editor.button("开始上传").click()
    editor.link("下一步：核对并提交审批").click()
    expect(editor.page.get_by_label("生效日期")).to_have_value("2026-11-30")
    expect(editor.page.locator(".confirm")).to_contain_text("由正文读出，请确认")
    editor.page.get_by_label("产品代码").fill("FW-2026")
    expect(editor.page.get_by_role("cell", name="每卡15元")).to_be_visible()
    editor.button("确认并提交审批").click()
    expect(editor.said).to_contain_text("已提交审批")
    expect(editor.button("批准发布")).to_have_count(0)

    approver = open_console("approver")
    approver.page.get_by_role("button", name="1 份等您审批").click()
    approver.link("个人银行服务价格表").click()
    expect(approver.page.get_by_role("heading", name="个人银行服务价格表")).to_be_visible()
    expect(approver.page.locator(".document-head")).to_contain_text("FW-2026")
    changing = approver.page.locator(".pair", has_text=QUESTION)
    expect(changing).to_contain_text("每卡10元")
    expect(changing).to_contain_text("每卡15元")
    approver.link("改了什么").click()
    expect(approver.page.locator(".passages del").last).to_have_text("10")
    expect(approver.page.locator(".passages ins").last).to_have_text("15")
    approver.button("批准发布").click()
    expect(approver.dialog).to_contain_text("2026年11月30日周一 零点起")
    approver.dialog.get_by_role("button", name="批准发布").click()
    expect(approver.said).to_contain_text("已批准")
    expect(approver.page.locator(".document-head")).to_contain_text("待生效")
    assert editor.faults == approver.faults == []

    bank.clock.put(SUNDAY_NIGHT)
    words, source = answer(chromium, bank)
    assert "10元" in words
    assert "15元" not in words
    assert "第 1 版" in source["facts"]
    bank.clock.put(MONDAY_MIDNIGHT)
    words, source = answer(chromium, bank)
    assert "15元" in words
    assert "10元" not in words
    assert "第 2 版" in source["facts"]
    assert "2026-11-30" in source["facts"]
    assert "15元" in source["mark"]
