"""Compliance tries sentences against the real rails and reads the rules."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import PHONE
from tests.browser.knowledge_page import OpenConsole

pytestmark = pytest.mark.browser


def test_compliance_sees_which_rule_fired_where_why_and_by_which_law(open_console: OpenConsole) -> None:
    console = open_console("approver", viewport=PHONE)
    console.link("试句").click()
    page = console.page
    page.get_by_label("客户的一句话").fill("请问，我 要 投 诉 你们")
    console.button("试一试").click()
    verdict = page.get_by_role("region", name="护栏的结论")
    expect(verdict).to_contain_text("转人工")
    expect(verdict.locator(".rail-text mark")).to_contain_text("投 诉")
    expect(verdict.locator(".rail-disguises")).to_contain_text(re.compile("读作.*投诉"))
    expect(verdict).to_contain_text("消费投诉处理管理办法")
    expect(verdict).to_contain_text("P1 优先处理")
    assert console.fits()

    page.get_by_label("助手要说的").check()
    page.get_by_label("助手准备说的话").fill("跨行转账每笔5元。手机银行跨行转账每笔2元。")
    page.get_by_label("依据的原文").fill("手机银行跨行转账每笔2元。")
    console.button("试一试").click()
    expect(verdict).to_contain_text("改写")
    expect(verdict.locator("mark")).to_have_text("5元")
    expect(verdict.locator(".rail-words").first).to_contain_text("每笔2元")
    verdict.get_by_role("link", name="out.unsupported_number.absent").click()
    entry = page.locator(".rail-entry[open]")
    expect(entry).to_contain_text("证据里没有")

    page.get_by_label("搜索规则").fill("")
    page.get_by_label("原因").select_option("guarantee")
    rule = page.locator(".rail-entry").filter(has_text="out.guarantee.principal")
    rule.locator("summary").click()
    expect(rule.locator(".is-caught")).to_contain_text("保本保息")
    expect(rule.locator(".is-spared")).to_contain_text("不保证本金和收益")
    assert console.fits()
    assert console.faults == []


def test_who_may_not_try_the_rails_is_not_offered_them(open_console: OpenConsole) -> None:
    console = open_console("agent")
    expect(console.link("检索验证").first).to_be_visible()
    expect(console.link("合规试句")).to_have_count(0)
