"""Files chosen in the console: each goes out when it was sent off, as what it was meant to be, never by surprise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.knowledge_page import OpenConsole
from tests.browser.real_service import RealService

pytestmark = pytest.mark.browser

TEXT = "# {title}\n\n{title}的服务时间为工作日九点至十七点，每次收费{fee}元。\n"


def document(bank: RealService, job: dict[str, Any]) -> dict[str, Any]:
    with bank.as_("editor") as editor:
        found: dict[str, Any] = editor.get(f"/v1/documents/{job['document_id']}").json()
        return found


def test_a_file_that_is_added_while_others_go_out_waits_for_its_own_start(
    open_console: OpenConsole, bank: RealService
) -> None:
    console = open_console("editor")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
        else:
            route.continue_()

    console.page.route("**/v1/documents", hold)
    console.go("/upload")
    console.choose_files(("先发的文件.md", TEXT.format(title="上门开户", fee=30)))
    more = console.page.get_by_text("填写更多（可选）")
    more.click()
    console.page.get_by_label("生效日期").fill("2026-12-05")
    console.button("开始上传").click()
    first = console.page.locator(".upload", has_text="先发的文件.md")
    expect(first).to_contain_text("正在上传")

    console.choose_files(("还没发的文件.md", TEXT.format(title="零钱兑换", fee=5)))
    second = console.page.locator(".upload", has_text="还没发的文件.md")
    more.click()
    expect(console.page.get_by_label("生效日期")).to_have_value("")
    while not held:
        console.page.wait_for_timeout(20)
    held[0].continue_()
    expect(first).to_contain_text("已收录为新文件的草稿")
    expect(second).to_have_class("upload is-ready")
    assert len(held) == 1
    with bank.as_("editor") as editor:
        listed = editor.get("/v1/documents").json()["documents"]
    assert [one["valid_from"] for one in listed if one["title"] == "上门开户"] == ["2026-12-05"]

    console.button("开始上传").click()
    expect(second).to_contain_text("正在上传")
    while len(held) < 2:
        console.page.wait_for_timeout(20)
    held[1].continue_()
    expect(second).to_contain_text("已收录为新文件的草稿")
    assert console.faults == []


def test_namesakes_for_two_documents_each_become_a_version_of_their_own(
    open_console: OpenConsole, bank: RealService, tmp_path: Path
) -> None:
    titles = ("存折补登", "印鉴变更")
    jobs = [bank.upload(f"{title}.md", TEXT.format(title=title, fee=10)) for title in titles]
    console = open_console("editor")
    files = console.page.locator("input[type=file]")
    for job, title, fee in zip(jobs, titles, (11, 12), strict=True):
        console.go(f"/upload?document={job['document_id']}")
        expect(console.page.get_by_role("heading", level=1)).to_contain_text(f"《{title}》的新版本")
        path = tmp_path / str(fee) / "条款.md"
        path.parent.mkdir()
        path.write_text(TEXT.format(title="条款", fee=fee), encoding="utf-8")
        files.set_input_files(path)
    waiting = console.page.locator(".upload")
    expect(waiting).to_have_count(2)
    files.set_input_files(path)
    expect(console.said).to_contain_text("没有重复加入：条款.md")
    expect(waiting).to_have_count(2)

    console.button("开始上传 2 个文件").click()
    expect(console.page.get_by_text("2 个已收录为草稿")).to_be_visible()
    assert [document(bank, job)["latest_version"] for job in jobs] == [2, 2]
    assert console.faults == []


def test_a_file_that_comes_before_the_list_of_documents_finds_its_own_when_the_list_is_there(
    open_console: OpenConsole, bank: RealService
) -> None:
    bank.upload("对公结算服务价目.md", TEXT.format(title="对公结算服务价目", fee=8))
    console = open_console("editor")
    expect(console.page.locator(".documents")).to_be_visible()
    held: list[Route] = []
    console.page.route("**/v1/documents", lambda route: held.append(route))
    console.go("/upload")
    console.choose_files(("对公结算服务价目.md", TEXT.format(title="对公结算服务价目", fee=9)))
    target = console.page.locator(".upload option:checked")
    expect(target).to_have_text("作为新文件")
    while not held:
        console.page.wait_for_timeout(20)
    held.pop().continue_()
    expect(target).to_have_text("作为《对公结算服务价目》的新版本")
    assert console.faults == []
