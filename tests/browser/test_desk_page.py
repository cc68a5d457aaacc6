"""The desk page against a small fake desk: keys, warnings, ready replies, windows in step, sizes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import APIResponse, Route, expect

from tests.browser.chat_page import PHONE
from tests.browser.desk_page import OpenDesk, in_hand
from tests.browser.fake_desk import FakeDesk
from tests.browser.gate import Gate

pytestmark = pytest.mark.browser

EMERGENCY, ANGRY = "有人自称公安", "我这笔房贷"


def test_an_emergency_stands_first_is_called_out_and_is_taken_with_one_key(open_desk: OpenDesk, fake: FakeDesk) -> None:
    desk = open_desk("")
    desk.page.get_by_label("用户名").fill("agent")
    desk.page.get_by_label("密码", exact=True).fill("demo")
    desk.button("登录").click()
    expect(desk.queue.get_by_role("link").first).to_contain_text(EMERGENCY)
    expect(desk.page).to_have_title(re.compile(r"^【紧急 1】"))
    fake.add("k-card", [], reason="card_loss", priority="P0", question="卡被偷了", waited=1, term=60)
    expect(desk.page.locator(".toast")).to_contain_text("紧急工单：卡片丢失")
    expect(desk.page).to_have_title("【紧急 2】 稳答 · 人工坐席")
    desk.press("n")
    expect(desk.page.get_by_role("heading", name="疑似诈骗")).to_be_visible()
    expect(desk.field).to_be_focused()
    expect(desk.page.locator(".safety")).to_contain_text("先确认客户的安全")
    desk.page.get_by_text("客户已经看到的安全提示").click()
    expect(desk.page.locator(".safety")).to_contain_text("96110")
    expect(desk.context).to_contain_text("65 岁以上")
    expect(desk.page).to_have_title(re.compile(r"^【紧急 1】"))
    assert desk.faults == []


def test_a_reply_is_offered_by_one_key_warned_about_and_never_held_back(open_desk: OpenDesk, fake: FakeDesk) -> None:
    desk = open_desk(place="#/tickets/k-anger")
    expect(desk.context).to_contain_text("这笔贷款放款满一年了吗")
    desk.press("a")
    expect(desk.field).to_be_focused()
    desk.wait_for_the_rails()
    expect(desk.field).to_have_attribute("placeholder", re.compile("采用建议"))
    desk.field.press("ArrowRight")
    expect(desk.field).to_have_value(
        "让您久等了，很抱歉前面没有说清。是否收违约金，要看放款是否满一年。请问您是哪一年办理的？"
    )
    desk.field.press("Enter")
    expect(desk.own).to_have_count(1)
    desk.say("我们保证不收任何费用")
    warning = desk.page.locator(".warnings")
    expect(warning).to_contain_text("像是承诺保本或收益")
    expect(warning.locator("mark")).to_have_text("保证")
    expect(desk.own).to_have_count(1)
    desk.field.press("Enter")
    expect(desk.own).to_have_count(2)
    expect(warning).to_have_text("")
    desk.field.press_sequentially("/渠道")
    option = desk.page.get_by_role("listbox").get_by_role("option")
    expect(option).to_have_count(1)
    desk.field.press("Enter")
    expect(desk.field).to_have_value("提前还款请在手机银行“贷款-提前还款”申请，或携带身份证到贷款经办网点办理。")
    expect(desk.own).to_have_count(2)
    desk.page.get_by_role("button", name="查看原文").click()
    desk.dialog.get_by_label("为什么需要看").fill("回电核对")
    desk.dialog.get_by_role("button", name="查看", exact=True).click()
    expect(desk.dialog).to_contain_text("13800000000")
    assert fake.asked("POST", "/reveal")[0][1] == {"message_sequence": 9, "reason": "回电核对"}
    assert desk.faults == []


def test_a_slow_reading_of_a_ticket_does_not_undo_that_it_was_taken(open_desk: OpenDesk) -> None:
    desk = open_desk(place="#/tickets/k-quiet")
    expect(desk.button("接入").first).to_be_visible()
    slow: list[tuple[Route, APIResponse]] = []
    desk.page.route("**/v1/tickets/k-anger", lambda route: slow.append((route, route.fetch())))
    desk.ticket(ANGRY).click()
    expect(desk.page.get_by_role("heading", name="情绪激动")).to_be_visible()
    expect(desk.context).not_to_contain_text("这笔贷款放款满一年了吗")
    while not slow:
        desk.page.wait_for_timeout(20)
    desk.press("a")
    expect(desk.field).to_be_focused()
    route, read = slow[0]
    assert read.json()["status"] == "queued"
    route.fulfill(response=read)
    expect(desk.context).to_contain_text("这笔贷款放款满一年了吗")
    assert desk.field.is_visible()
    assert desk.faults == []


def test_a_double_click_takes_one_customer(open_desk: OpenDesk, fake: FakeDesk) -> None:
    desk = open_desk()
    expect(desk.ticket(EMERGENCY)).to_be_visible()
    desk.page.evaluate(
        """async () => {
          const press = () => document.querySelector(".queue-end button").click();
          press();
          while (!document.querySelector(".reply")) await new Promise(requestAnimationFrame);
          press();
        }"""
    )
    expect(desk.page.get_by_role("heading", name="疑似诈骗")).to_be_visible()
    desk.page.wait_for_timeout(300)
    assert [ticket["id"] for ticket in fake.tickets.values() if ticket["status"] == "assigned"] == ["k-fraud"]
    desk.page.evaluate(
        """async () => {
          const there = () => document.querySelector(".talk h1").textContent.includes("情绪激动");
          while (!there()) {
            document.querySelector(".queue-end button").click();
            await new Promise(requestAnimationFrame);
          }
        }"""
    )
    expect(desk.field).to_be_visible()
    assert desk.faults == []


def test_a_double_click_leaves_one_record_of_what_was_revealed(open_desk: OpenDesk, fake: FakeDesk) -> None:
    desk = in_hand(open_desk)
    asking = Gate(desk.page, "**/reveal")
    desk.page.get_by_role("button", name="查看原文").click()
    desk.dialog.get_by_label("为什么需要看").fill("回电核对")
    desk.dialog.get_by_role("button", name="查看", exact=True).dblclick()
    asking.wait()
    desk.page.wait_for_timeout(300)
    assert len(asking.waiting) == 1
    asking.open()
    expect(desk.dialog).to_contain_text("13800000000")
    assert desk.faults == []


def test_two_windows_of_one_agent_show_the_same_and_a_colleague_loses_the_race(
    open_desk: OpenDesk, fake: FakeDesk
) -> None:
    one = open_desk(place="#/tickets/k-anger")
    two = open_desk.window(one.page.context, "#/tickets/k-anger")
    colleague = open_desk("agent2", "#/tickets/k-anger")
    expect(colleague.button("接入").first).to_be_visible()
    colleague.page.route("**/v1/desk/events", lambda route: route.abort())
    expect(one.button("接入").first).to_be_visible()
    one.press("a")
    one.say("您好，我来帮您看。")
    expect(two.own).to_have_text(["您好，我来帮您看。"])
    expect(two.field).to_be_visible()
    fake.customer_says("k-anger", "2024年办的")
    for window in (one, two):
        expect(window.lines.last).to_have_text("2024年办的")
    fake.tell("typing", {"ticket_id": "k-anger"})
    expect(two.page.locator(".talk-typing")).to_be_visible()
    two.press("Escape")
    two.page.locator(".talk-head").click()
    two.press("e")
    expect(two.dialog.get_by_label("处理结果")).to_have_value("您好，我来帮您看。")
    two.dialog.get_by_label("这个答案可以给别的客户用").check()
    expect(two.dialog.get_by_role("button", name="办结")).to_be_disabled()
    two.dialog.get_by_label("客户的问题").fill("2024年的贷款提前还要违约金吗？")
    two.dialog.get_by_label("给客户的标准答案").fill("放款满一年后提前还款，不收违约金。")
    two.dialog.get_by_role("button", name="办结").click()
    expect(one.page.locator(".talk-foot")).to_contain_text("已经结束")
    assert fake.asked("POST", "/resolve")[0][1] == {
        "resolution": "您好，我来帮您看。",
        "reusable": True,
        "question": "2024年的贷款提前还要违约金吗？",
        "answer": "放款满一年后提前还款，不收违约金。",
    }
    assert one.faults == two.faults == []


def test_a_ticket_taken_by_a_colleague_is_told_kindly(open_desk: OpenDesk, fake: FakeDesk) -> None:
    desk = open_desk("agent2", "#/tickets/k-anger")
    expect(desk.lines).to_have_count(5)
    expect(desk.button("接入").first).to_be_visible()

    def lose_the_race(route: Route) -> None:
        fake.tickets["k-anger"] |= {"status": "assigned", "agent_id": "agent"}
        route.continue_()

    desk.page.route("**/k-anger/accept", lose_the_race)
    desk.press("a")
    expect(desk.page.get_by_role("alert")).to_contain_text("已由其他同事接入")
    expect(desk.page.locator(".talk-foot")).to_contain_text("由同事 agent 接待")


@pytest.mark.parametrize("size", [(1280, 800), (1024, 768), (768, 1024), (PHONE["width"], PHONE["height"])])
def test_the_desk_fits_screens_from_a_phone_to_a_monitor(open_desk: OpenDesk, size: tuple[int, int]) -> None:
    desk = open_desk(viewport={"width": size[0], "height": size[1]})
    expect(desk.ticket(EMERGENCY)).to_be_visible()
    assert desk.fits()
    desk.ticket(ANGRY).click()
    desk.button("接入").last.click()
    expect(desk.field).to_be_visible()
    assert desk.fits()
    if size[0] < 1200:
        desk.page.get_by_role("button", name="客户情况").click()
    expect(desk.context).to_contain_text("建议答复")
    assert desk.fits()
    desk.page.evaluate("location.hash = '#/figures'")
    expect(desk.page.get_by_role("heading", name="转人工的原因")).to_be_visible()
    assert desk.fits()
    assert desk.faults == []
