"""What people write in the console stays until it is saved: no answer that comes late, no slip of the hand takes it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.knowledge_page import KnowledgePage, OpenConsole
from tests.browser.real_service import RealService

pytestmark = pytest.mark.browser


class Held:
    """Requests to a path, kept back until the test lets them go; of the later ones none, where `times` says so."""

    def __init__(self, console: KnowledgePage, path: str, method: str = "", times: int | None = None) -> None:
        self.console = console
        self.routes: list[Route] = []
        self._method = method
        console.page.route(path, self._hold, times=times)

    def _hold(self, route: Route) -> None:
        if self._method in ("", route.request.method):
            self.routes.append(route)
        else:
            route.fallback()

    def wait(self) -> Route:
        """The first of them, once the page has asked."""
        while not self.routes:
            self.console.page.wait_for_timeout(20)
        return self.routes[0]


def test_a_selection_dragged_out_of_a_dialog_does_not_close_it(open_console: OpenConsole) -> None:
    console = open_console("approver")
    console.go("/freezes")
    console.button("新建固定话术").click()
    wording = console.dialog.get_by_label("助手只说这段话")
    wording.fill("手机银行今晚维护")
    mouse, field = console.page.mouse, wording.bounding_box()
    assert field
    mouse.move(field["x"] + 40, field["y"] + 12)
    mouse.down()
    mouse.move(4, 4, steps=4)
    mouse.up()
    expect(wording).to_have_value("手机银行今晚维护")
    mouse.click(4, 4)
    expect(console.dialog).to_have_count(0)
    assert console.faults == []


def test_a_draft_that_is_ready_late_leaves_the_next_one_alone(open_console: OpenConsole, bank: RealService) -> None:
    for question in ("数字藏品怎么转让？", "宠物医疗险怎么理赔？"):
        assert bank.ask(question)["status"] == "abstained"
    console = open_console("editor")
    console.go("/gaps")
    job = Held(console, "**/v1/jobs/*/events")

    def open_draft(about: str) -> None:
        gap = console.page.locator(".gap", has_text=about)
        gap.get_by_role("button", name="写成常见问答").click()

    open_draft("数字藏品")
    answer = console.dialog.get_by_label("答案")
    answer.fill("本行不办理数字藏品转让。")
    console.dialog.get_by_role("button", name="生成草稿").click()
    held = job.wait()
    expect(answer).not_to_be_editable()
    console.page.keyboard.press("Escape")
    console.page.mouse.click(4, 4)
    expect(answer).to_have_value("本行不办理数字藏品转让。")
    console.dialog.get_by_role("button", name="取消").click()
    expect(console.dialog).to_have_count(0)

    open_draft("宠物医疗险")
    answer.fill("请向承保公司申请理赔。")
    held.continue_()
    expect(console.said).to_contain_text("草稿已生成")
    expect(answer).to_have_value("请向承保公司申请理赔。")
    assert console.page.url.endswith("#/gaps")
    assert console.faults == []


def test_a_correction_that_is_ready_late_leads_nobody_away(open_console: OpenConsole, bank: RealService) -> None:
    text = "# 代发工资\n\n代发工资业务每月十五日前提交名单，手续费每笔一元。\n"
    job = bank.publish("代发工资.md", text, valid_from="2026-01-01")
    console = open_console("editor")
    console.open_version(job)
    console.button("更正").click()
    field = console.page.get_by_label("正确的文字")
    field.fill(field.input_value().replace("十五", "十六"))
    held = Held(console, "**/v1/jobs/*/events")
    console.button("保存更正").click()
    route = held.wait()
    expect(field).not_to_be_editable()
    console.go("/synonyms")
    console.button("加一组").click()
    console.page.get_by_role("textbox", name="第 1 组").fill("代发，发工资")
    route.continue_()
    expect(console.said).to_contain_text("更正已保存为新的草稿")
    expect(console.page.get_by_role("textbox", name="第 1 组")).to_have_value("代发，发工资")
    assert console.faults == []


def test_what_is_being_saved_cannot_be_changed_and_nobody_elses_synonyms_are_lost(
    open_console: OpenConsole, bank: RealService
) -> None:
    console = open_console("editor")
    console.go("/synonyms")
    console.button("加一组").click()
    group = console.page.get_by_role("textbox", name="第 1 组")
    group.fill("超级网银，跨行资金归集")
    held = Held(console, "**/v1/synonyms", "PUT")
    console.button("保存").click()
    route = held.wait()
    expect(group).not_to_be_editable()
    expect(console.button("加一组")).to_be_disabled()
    route.continue_()
    expect(console.said).to_contain_text("已保存")
    expect(group).to_be_editable()

    with bank.as_("editor") as other:
        other.put("/v1/synonyms", json={"groups": [["打钱", "转账"]]})
    console.page.unroute("**/v1/synonyms")
    group.fill("超级网银，跨行归集")
    console.button("保存").click()
    expect(console.page.get_by_role("alert")).to_contain_text("刚被其他人改过")
    expect(group).to_have_value("超级网银，跨行归集")
    with bank.as_("editor") as other:
        assert other.get("/v1/synonyms").json() == {"groups": [["打钱", "转账"]]}
    assert console.faults == []


def test_a_refused_submission_is_told_although_the_tab_was_changed_meanwhile(
    open_console: OpenConsole, bank: RealService
) -> None:
    job = bank.upload("存单质押.md", "# 存单质押\n\n存单质押率最高为百分之九十。\n")
    console = open_console("editor")
    # Prepared again, for as long as the test wants.
    preparing = [True]

    def unready(route: Route) -> None:
        asked = route.request
        with bank.as_("editor") as editor:
            document = editor.request(asked.method, asked.url, json=asked.post_data_json).json()
        for version in document["versions"]:
            version["ready"] = version["ready"] and not preparing[0]
        route.fulfill(json=document)

    refusal = '{"code": "wrong_state", "title": "当前状态不能这样操作，请刷新后重试。"}'
    console.page.route("**/versions/*/submit", lambda route: route.fulfill(status=409, body=refusal))
    console.go(f"/documents/{job['document_id']}")
    title = console.page.get_by_label("标题")
    title.fill("存单质押办法")
    console.page.route(f"**/v1/documents/{job['document_id']}", unready)
    console.page.route(f"**/v1/documents/{job['document_id']}/versions/*", unready)
    console.button("确认并提交审批").click()
    expect(console.page.get_by_text("正在按新信息重新处理……")).to_be_visible()
    expect(title).not_to_be_editable()
    console.link("版本与记录").click()
    expect(console.page.locator(".history")).to_be_visible()
    expect(console.page.locator(".next")).not_to_contain_text("提交审批")
    preparing[0] = False
    expect(console.page.locator(".confirm").get_by_role("alert")).to_have_text("当前状态不能这样操作，请刷新后重试。")
    expect(title).to_have_value("存单质押办法")
    expect(title).to_be_editable()
    console.page.unroute_all(behavior="ignoreErrors")
    assert console.faults == []


def test_back_shows_the_search_before_as_it_was_and_a_late_answer_is_not_another_ones(
    open_console: OpenConsole, bank: RealService
) -> None:
    name, text = "停车优惠.md", "# 贵宾停车优惠\n\n贵宾客户每月可享停车优惠{times}次。\n"
    first = bank.publish(name, text.format(times=3), valid_from="2026-01-01")
    bank.publish(name, text.format(times=4), valid_from="2026-12-01", document_id=first["document_id"])
    console = open_console("evaluator")
    question, day = console.page.get_by_label("客户会怎么问"), console.page.get_by_label("按哪一天")
    results = console.page.locator(".results")
    console.go("/search?query=贵宾停车优惠几次&as_of=2026-11-27")
    expect(results).to_contain_text("停车优惠3次")
    day.fill("2026-12-01")
    console.button("查找").click()
    expect(results).to_contain_text("停车优惠4次")
    console.page.go_back()
    expect(results).to_contain_text("停车优惠3次")
    expect(day).to_have_value("2026-11-27")
    expect(question).to_have_value("贵宾停车优惠几次")

    held = Held(console, "**/v1/search", times=1)
    console.page.go_forward()
    late = held.wait()
    console.page.go_back()
    expect(results).to_contain_text("停车优惠3次")
    late.continue_()
    console.page.wait_for_timeout(400)
    expect(results).to_contain_text("停车优惠3次")
    expect(results).not_to_contain_text("停车优惠4次")
    assert console.faults == []
