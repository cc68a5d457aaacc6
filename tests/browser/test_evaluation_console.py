"""An evaluator's way through the console: runs, why one failed, a case from the inside, two runs compared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.chat_page import DESK, PHONE
from tests.browser.knowledge_page import KnowledgePage
from tests.browser.real_service import FRIDAY, RealService

pytestmark = pytest.mark.browser


def score(mean: float) -> dict[str, float]:
    return {"mean": mean, "n": 20, "low": max(0.0, mean - 0.15), "high": min(1.0, mean + 0.08)}


def report(day: int, facts: float, text: str, top_k: str) -> dict[str, Any]:
    rows = [("recall_at_4", 0.95, 0.9), ("answer_facts_present", facts, 0.7), ("numbers_are_supported", 1.0, 1.0)]
    case = {
        "suite": "sample",
        "id": "s001",
        "tag": "plain",
        "seen": True,
        "history": [],
        "question": "金卡的年费怎么免？",
        "as_of": "2026-11-23",
        "status": "answered",
        "reason": "",
        "rule_ids": [],
        "generator": "quote",
        "text": text,
        "reference": "",
        "passages": ["p1"],
        "cited": ["信用卡收费 › 年费"],
        "answer_facts": ["6次"],
        "unsupported_numbers": [],
        "failings": [] if facts >= 0.7 else ["answer_facts_present"],
        "values": {"answer_facts_present": float(facts >= 0.7), "recall_at_4": 1.0},
        "seconds": 0.41,
        "trace": {
            "rewritten": "信用卡金卡年费减免条件",
            "sufficient": True,
            "confidence": 0.91,
            "passages": [
                {"passage_id": "p1", "title": "信用卡收费", "section": "年费", "text": "当年刷卡满6次免次年年费。",
                 "score": 1.8, "dense_rank": 2, "lexical_rank": 1},
            ],
            "prompt": [{"role": "system", "content": "只依据资料回答。"}],
            "raw": f"{text}[1]",
            "model": "wenda-demo",
            "verdicts": [{"side": "output", "action": "rewrite", "reason": "unsupported_number", "rule_ids": []}],
            "timings": {"total": 410.0, "retrieve": 12.5},
        },
    }  # fmt: skip
    crossed = [] if facts >= 0.7 else ["sample answer_facts_present (seen) 0.600 of 10, least 0.700"]
    return {
        "started": f"2026-11-{day}T08:00:00+00:00",
        "config": {},
        "passed": not crossed,
        "crossed": crossed,
        "changed": [] if not crossed else ["setting search.top_k: 4 → 1"],
        "versions": {"settings": {"search.top_k": top_k}},
        "metrics": [
            {"suite": "sample", "metric": name, "claim": name, "gate": gate, "all": score(mean), "seen": score(mean)}
            for name, mean, gate in rows
        ],
        "cases": [case],
    }


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    folder = tmp_path_factory.mktemp("evaluation")
    reports = folder / "evaluation"
    reports.mkdir()
    right, wrong = "当年刷卡满6次，免次年年费。", "当年刷卡满5次，免次年年费。"
    for day, facts, text, top_k in ((24, 0.88, right, "4"), (25, 0.9, right, "4"), (26, 0.6, wrong, "1")):
        body = json.dumps(report(day, facts, text, top_k), ensure_ascii=False)
        (reports / f"sample-202611{day}.json").write_text(body, encoding="utf-8")
    with RealService(folder, FRIDAY) as running:
        yield running


def test_an_evaluator_finds_what_became_worse_and_why(chromium: Browser, bench: RealService, tmp_path: Path) -> None:
    context = chromium.new_context(viewport=PHONE, locale="zh-CN")
    page = context.new_page()
    console = KnowledgePage(page, bench.url)
    page.goto(f"{bench.url}/evaluation")
    console.sign_in("evaluator")
    rows = page.locator(".run-row")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("未通过")
    assert console.fits()

    rows.first.locator("a").click()
    expect(page.get_by_role("heading", name="为什么没有通过")).to_be_visible()
    expect(page.locator(".why")).to_contain_text("search.top_k: 4 → 1")
    expect(page.locator(".measure.is-under")).to_contain_text("要点说全")
    assert console.fits()
    page.locator(".case-list a").click()
    trace = page.locator(".trace")
    for words in (
        "信用卡金卡年费减免条件",
        "语义第 2 · 字面第 1",
        "只依据资料回答",
        "wenda-demo",
        "替换",
        "满5次",
        "410 ms",
    ):
        expect(trace).to_contain_text(words)
    assert console.fits()

    page.go_back()
    page.go_back()
    for row in (0, 1):
        rows.nth(row).locator("input").check()
    console.button("对比").click()
    expect(page.locator(".changes")).to_contain_text(re.compile("要点说全.*100%.*0%"))
    page.locator(".moved summary").click()
    expect(page.locator(".moved del")).to_have_text("6")
    expect(page.locator(".moved ins")).to_have_text("5")
    assert console.fits()

    page.get_by_role("navigation").get_by_role("link", name="趋势").click()
    expect(page.locator(".trend").first).to_be_visible()
    expect(page.locator(".trend-dot.is-under")).to_have_count(1)
    page.set_viewport_size(DESK)
    assert console.fits()

    page.get_by_role("navigation").get_by_role("link", name="运行记录").click()
    console.button("开始评测").click()
    expect(console.dialog).to_contain_text("没有安装评测环境")
    expect(console.dialog.get_by_role("button", name="开始", exact=True)).to_be_disabled()
    assert console.faults == []
    context.close()


def test_a_running_evaluation_is_followed_through_a_lost_connection_and_a_stop_that_failed_is_told(
    chromium: Browser, bench: RealService
) -> None:
    run = {"id": "now", "status": "running", "started": "2026-11-27T09:00:00+00:00", "suites": ["sample"]}
    run |= {"passed": None, "config": {}, "metrics": [], "done": 0, "total": 20}
    streams: list[Route] = []
    stops: list[str] = []

    def stop(route: Route) -> None:
        stops.append(route.request.url)
        if len(stops) == 1:
            route.abort()
        else:
            route.fulfill(json=run)

    def tell(route: Route, *events: tuple[str, dict[str, Any]]) -> None:
        body = "".join(f"event: {name}\ndata: {json.dumps(run | part)}\n\n" for name, part in events)
        route.fulfill(body=body, content_type="text/event-stream")

    def stream(number: int) -> Route:
        while len(streams) <= number:
            page.wait_for_timeout(20)
        return streams[number]

    context = chromium.new_context(viewport=DESK, locale="zh-CN")
    page = context.new_page()
    console = KnowledgePage(page, bench.url)
    page.route("**/v1/evaluation/runs", lambda route: route.fulfill(json={"runs": [run]}))
    page.route("**/v1/evaluation/runs/now/events", lambda route: streams.append(route))
    page.route("**/v1/evaluation/runs/now/stop", stop)
    page.goto(f"{bench.url}/evaluation")
    console.sign_in("evaluator")
    progress = page.locator(".run-now")
    expect(progress).to_contain_text("0 / 20")
    console.button("停止").click()
    expect(console.said).to_contain_text("连不上服务器")
    expect(console.button("停止")).to_be_enabled()

    tell(stream(0), ("run.progress", {"done": 5}))
    expect(progress).to_contain_text("5 / 20")
    stream(1).abort()
    tell(stream(2), ("run.progress", {"done": 9}))
    expect(progress).to_contain_text("9 / 20")
    console.button("停止").click()
    expect(console.button("停止")).to_be_disabled()
    run["status"] = "stopped"
    tell(stream(3), ("run.ended", {"done": 9}))
    expect(console.said).to_contain_text("评测已停止")
    expect(progress).to_have_count(0)
    assert len(streams) == 4
    assert console.faults == []
    context.close()
