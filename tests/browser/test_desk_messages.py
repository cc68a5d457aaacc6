"""What an agent says against a small fake desk: no word is lost, doubled, or shown to another person."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, Route, expect

from tests.browser.desk_page import DeskPage, OpenDesk, in_hand
from tests.browser.fake_desk import FakeDesk
from tests.browser.gate import Gate

pytestmark = pytest.mark.browser


def test_what_is_written_while_the_rails_look_is_neither_lost_nor_doubled_nor_out_of_order(
    open_desk: OpenDesk,
) -> None:
    desk = in_hand(open_desk)
    held: list[Route] = []
    desk.page.route("**/check", lambda route: held.append(route))
    for text in ("这笔费用我来查", "稍等一下我看看"):
        desk.say(text)
        desk.field.press("Enter")
    desk.field.fill("还有一句没写完")
    expect(desk.own).to_have_text(["这笔费用我来查", "稍等一下我看看"])
    for _ in range(2):
        desk.page.wait_for_timeout(100)
        while held:
            held.pop(0).continue_()
    desk.page.unroute("**/check")
    expect(desk.page.locator(".is-going")).to_have_count(0)
    expect(desk.own).to_have_text(["这笔费用我来查", "稍等一下我看看"])
    expect(desk.field).to_have_value("还有一句没写完")
    assert desk.faults == []


def test_a_doubtful_message_comes_back_with_what_was_said_and_written_after_it(open_desk: OpenDesk) -> None:
    desk = in_hand(open_desk)
    desk.wait_for_the_rails()
    looks = Gate(desk.page, "**/check")
    desk.say("我们保证不收任何费用")
    expect(desk.own).to_have_count(1)
    desk.say("请您放心就是了")
    desk.field.fill("还有")
    expect(desk.own).to_have_count(2)
    looks.open()
    expect(desk.field).to_have_value("我们保证不收任何费用\n请您放心就是了\n还有")
    expect(desk.own).to_have_count(0)
    expect(desk.page.locator(".warnings mark")).to_have_text("保证")
    assert desk.faults == []


def test_a_message_waiting_for_the_network_goes_out_while_another_ticket_is_open(
    open_desk: OpenDesk, fake: FakeDesk
) -> None:
    desk = in_hand(open_desk)
    desk.page.route("**/k-anger/messages", lambda route: route.abort())
    desk.say("好的")
    expect(desk.page.locator(".is-going")).to_contain_text("网络")
    desk.ticket("疑似诈骗").click()
    expect(desk.page.get_by_role("heading", name="疑似诈骗")).to_be_visible()
    desk.page.unroute("**/k-anger/messages")
    expect(desk.page.locator("[href$='k-anger']")).to_contain_text("好的")
    desk.page.evaluate("location.hash = '#/tickets/k-anger'")
    expect(desk.own).to_have_text(["好的"])
    expect(desk.page.locator(".is-going")).to_have_count(0)
    assert len(fake.asked("POST", "/k-anger/messages")) == 1
    assert desk.faults == []


def test_a_message_in_words_said_before_goes_out_after_a_look_at_another_ticket(
    open_desk: OpenDesk, fake: FakeDesk
) -> None:
    desk = in_hand(open_desk)
    desk.say("好的，请稍等")
    expect(desk.page.locator("[href$='k-anger']")).to_contain_text("好的，请稍等")
    expect(desk.page.locator(".is-going")).to_have_count(0)
    desk.page.route("**/k-anger/messages", lambda route: route.abort())
    desk.say("我查一下")
    expect(desk.page.locator(".is-going")).to_contain_text("网络")
    desk.say("好的，请稍等")
    expect(desk.own).to_have_count(3)
    desk.ticket("疑似诈骗").click()
    expect(desk.page.get_by_role("heading", name="疑似诈骗")).to_be_visible()
    desk.page.evaluate("location.hash = '#/tickets/k-anger'")
    said = ["好的，请稍等", "我查一下", "好的，请稍等"]
    expect(desk.own).to_have_text(said)
    desk.page.unroute("**/k-anger/messages")
    expect(desk.page.locator(".is-going")).to_have_count(0)
    expect(desk.own).to_have_text(said)
    assert [body["text"] for _, body in fake.asked("POST", "/k-anger/messages")] == said
    assert desk.faults == []


@pytest.mark.parametrize("away", [False, True])
def test_a_draft_stands_behind_what_was_written_while_it_was_made(open_desk: OpenDesk, away: bool) -> None:
    desk = in_hand(open_desk)
    drafts = Gate(desk.page, "**/draft")
    desk.field.fill("您好")
    desk.button("请助手起草").click()
    expect(desk.button("助手正在起草……")).to_be_visible()
    desk.say("您好，我在看")
    expect(desk.own).to_have_text(["您好，我在看"])
    if away:
        desk.ticket("疑似诈骗").click()
        expect(desk.page.get_by_role("heading", name="疑似诈骗")).to_be_visible()
        desk.page.evaluate("location.hash = '#/tickets/k-anger'")
        expect(desk.field).to_be_visible()
    desk.field.fill("请问是哪一年办理的")
    drafts.wait().fulfill(json={"text": "满一年不收违约金。"})
    expect(desk.field).to_have_value("请问是哪一年办理的\n满一年不收违约金。")
    assert desk.faults == []


@pytest.mark.parametrize("asked", ["check", "messages"])
def test_a_message_that_does_not_go_out_while_another_ticket_is_open_is_told_and_marked(
    open_desk: OpenDesk, asked: str
) -> None:
    desk = in_hand(open_desk)
    desk.wait_for_the_rails()
    going = Gate(desk.page, f"**/k-anger/{asked}")
    desk.say("我们保证不收任何费用" if asked == "check" else "好的")
    expect(desk.page.locator(".is-going")).to_have_count(1)
    desk.ticket("疑似诈骗").click()
    expect(desk.page.get_by_role("heading", name="疑似诈骗")).to_be_visible()
    if asked == "check":
        going.open()
    else:
        going.wait().fulfill(status=422, json={"code": "invalid", "title": "这句话没有收下，请改一改。"})
    expect(desk.page.locator(".toast")).to_contain_text("发给“情绪激动”客户的话没有发出")
    expect(desk.page.locator("[href$='k-anger']")).to_contain_text("没有发出")
    desk.page.evaluate("location.hash = '#/tickets/k-anger'")
    if asked == "check":
        expect(desk.field).to_have_value("我们保证不收任何费用")
        desk.field.fill("")
    else:
        expect(desk.page.locator(".is-failed")).to_contain_text("这句话没有收下，请改一改。")
        desk.button("删除").click()
    expect(desk.page.locator("[href$='k-anger']")).not_to_contain_text("没有发出")
    assert desk.faults == []


@pytest.mark.parametrize("doubtful", [False, True])
def test_a_ticket_is_closed_only_after_what_was_said_has_gone_out(
    open_desk: OpenDesk, fake: FakeDesk, doubtful: bool
) -> None:
    desk = in_hand(open_desk)
    desk.wait_for_the_rails()
    looks = Gate(desk.page, "**/check")
    desk.say("我们保证不收任何费用" if doubtful else "不收违约金")
    expect(desk.own).to_have_count(1)
    desk.field.press("Escape")
    desk.press("e")
    desk.dialog.get_by_label("处理结果").fill("已说明")
    desk.dialog.get_by_role("button", name="办结").click()
    expect(desk.dialog.get_by_role("button", name="正在保存……")).to_be_visible()
    looks.open()
    if doubtful:
        expect(desk.dialog.get_by_role("alert")).to_contain_text("还有话没有发给客户")
        desk.dialog.get_by_role("button", name="取消").click()
        expect(desk.field).to_have_value("我们保证不收任何费用")
        assert fake.asked("POST", "/resolve") == []
    else:
        expect(desk.page.locator(".talk-foot")).to_contain_text("已经结束")
        expect(desk.own).to_have_text(["不收违约金"])
        paths = [path for method, path, _, _ in fake.requests if path.endswith(("/messages", "/resolve"))]
        assert [path.rpartition("/")[2] for path in paths] == ["messages", "resolve"]
    assert desk.faults == []


def test_words_left_in_a_ticket_that_went_to_a_colleague_are_shown(open_desk: OpenDesk, fake: FakeDesk) -> None:
    desk = in_hand(open_desk)
    desk.field.fill("还有一句没写完")
    gone = {**fake.tickets["k-anger"], "agent_id": "agent2"}
    fake.tickets["k-anger"] = gone
    fake.tell("ticket", {"ticket": gone})
    expect(desk.page.locator(".talk-foot")).to_contain_text("还有一句没写完")
    desk.button("删除").click()
    expect(desk.page.locator(".talk-foot")).not_to_contain_text("还有一句没写完")
    assert desk.faults == []


def sign_in(desk: DeskPage, name: str) -> None:
    desk.page.get_by_label("用户名").fill(name)
    desk.page.get_by_label("密码", exact=True).fill("demo")
    desk.button("登录").click()
    expect(desk.queue).to_be_visible()


def test_what_was_on_its_way_when_the_pass_expired_waits_for_its_agent_and_goes_out_once(
    open_desk: OpenDesk, fake: FakeDesk
) -> None:
    desk = in_hand(open_desk)
    desk.page.route("**/k-anger/messages", lambda route: route.abort())
    desk.say("请稍等")
    expect(desk.page.locator(".is-going")).to_contain_text("网络")
    desk.say("我查一下")
    expect(desk.own).to_have_count(2)
    desk.field.fill("还有一句没写完")
    # The later of two routes is asked first: between the two no attempt reaches the service.
    desk.page.route("**/k-anger/messages", lambda route: route.fulfill(status=401, json={"code": "unauthenticated"}))
    expect(desk.page.locator(".door")).to_contain_text("没有发出的内容还在本页")
    desk.page.unroute("**/k-anger/messages")
    sign_in(desk, "agent")
    expect(desk.field).to_have_value("还有一句没写完")
    expect(desk.page.locator(".is-failed")).to_have_count(2)
    for _ in range(2):
        desk.page.locator(".is-failed").first.get_by_role("button", name="再试一次").click()
    expect(desk.page.locator(".is-failed, .is-going")).to_have_count(0)
    expect(desk.own).to_have_text(["请稍等", "我查一下"])
    assert [body["text"] for _, body in fake.asked("POST", "/k-anger/messages")] == ["请稍等", "我查一下"]
    assert desk.faults == []


def test_unsent_words_are_asked_about_at_the_door_and_never_shown_to_the_next_agent(
    open_desk: OpenDesk, fake: FakeDesk
) -> None:
    desk = in_hand(open_desk)
    desk.field.fill("只有我知道的话")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    desk.page.once("dialog", stay)
    with desk.page.expect_event("dialog"):
        desk.page.evaluate("setTimeout(() => location.reload())")
    assert asked == ["beforeunload"]
    desk.button("退出登录").click()
    desk.dialog.get_by_role("button", name="取消").click()
    expect(desk.field).to_have_value("只有我知道的话")
    desk.button("退出登录").click()
    desk.dialog.get_by_role("button", name="仍然退出").click()
    expect(desk.page.locator(".door")).to_be_visible()
    fake.tickets["k-anger"] = {**fake.tickets["k-anger"], "agent_id": "agent2"}
    sign_in(desk, "agent2")
    expect(desk.field).to_have_value("")
    assert desk.faults == []


def test_a_message_written_while_the_network_is_away_goes_out_once_when_it_is_back(
    open_desk: OpenDesk, fake: FakeDesk
) -> None:
    desk = open_desk(place="#/tickets/k-anger")
    expect(desk.button("接入").first).to_be_visible()
    desk.press("a")
    expect(desk.field).to_be_focused()
    keys: list[str] = []

    def lose_the_answer(route: Route) -> None:
        """The first is stored, but its answer is lost."""
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    desk.page.route("**/v1/tickets/*/messages", lose_the_answer)
    desk.say("请稍等，我查一下。")
    expect(desk.own).to_have_text(["请稍等，我查一下。"])
    expect(desk.page.locator(".is-going")).to_have_count(0)
    desk.page.wait_for_timeout(800)
    expect(desk.own).to_have_text(["请稍等，我查一下。"])
    assert len(set(keys)) == 1
    said = [data["text"] for _, event, data, _ in fake.conversations["c-k-anger"].events if event == "agent.message"]
    assert said == ["请稍等，我查一下。"]
