"""The page's own small parsers, run in the browser they are written for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from app.knowledge.sufficiency import EVIDENCE
from tests.browser.chat_page import ChatPage

pytestmark = pytest.mark.browser


def parse(chat: ChatPage, *pieces: str) -> Any:
    return chat.page.evaluate(
        """async (pieces) => {
          const { FrameParser } = await import("/web/api/sse.js");
          const parser = new FrameParser();
          return pieces.flatMap((piece) => parser.feed(piece));
        }""",
        list(pieces),
    )


def test_frames_survive_any_cut_and_any_line_ending(chat: ChatPage) -> None:
    first = 'id: 1\nevent: answer.delta\ndata: {"text":\ndata: "一"}\n\n'
    whole = first + ": ping\n\nid: 2\nevent: turn.completed\ndata: {}\n\n"
    wanted = [
        {"id": "1", "event": "answer.delta", "data": '{"text":\n"一"}'},
        {"id": "2", "event": "turn.completed", "data": "{}"},
    ]
    for ending in ("\n", "\r\n", "\r"):
        text = whole.replace("\n", ending)
        # A lone carriage return at the very end may still grow a line feed, so one more character settles it.
        assert parse(chat, *text, ":") == wanted
        assert parse(chat, text, ":") == wanted


def test_a_frame_without_its_blank_line_does_not_count(chat: ChatPage) -> None:
    assert parse(chat, "\ufeffid: 1\nevent: answer.delta\ndata: {}\n") == []


def test_the_same_events_give_the_same_view_in_any_order(chat: ChatPage) -> None:
    views = chat.page.evaluate(
        """async () => {
          const { Transcript } = await import("/web/chat/transcript.js");
          const turn = { turn_id: "t", status: "answered", text: "一。二。", generator: "vllm", ai_label: "AI" };
          const events = [
            { type: "customer.message", data: { text: "问" } },
            { type: "turn.progress", data: { stage: "retrieving", text: "正在查找" } },
            { type: "turn.started", data: { turn_id: "t", generator: "vllm", ai_label: "AI" } },
            { type: "answer.delta", data: { text: "一。" } },
            { type: "answer.delta", data: { text: "二。" } },
            { type: "turn.completed", data: { turn } },
            { type: "agent.message", data: { agent: "a", text: "您好" } },
          ].map((event, at) => ({ ...event, sequence: at + 1, at: 0 }));
          const shuffled = [4, 2, 0, 6, 5, 1, 3].map((at) => events[at]);
          return [events, [...events].reverse(), shuffled, [...events, ...shuffled]].map((order) => {
            const transcript = new Transcript();
            order.forEach((event) => transcript.add(event));
            return { view: transcript.view, watermark: transcript.watermark };
          });
        }"""
    )
    assert all(view == views[0] for view in views)
    assert [item["kind"] for item in views[0]["view"]["items"]] == ["customer", "turn", "agent"]
    assert views[0]["view"]["items"][1]["parts"] == ["一。", "二。"]
    assert views[0]["watermark"] == 7


def test_a_gap_in_the_numbers_holds_the_place_to_resume_from(chat: ChatPage) -> None:
    watermark = chat.page.evaluate(
        """async () => {
          const { Transcript } = await import("/web/chat/transcript.js");
          const transcript = new Transcript();
          for (const sequence of [1, 2, 4, 5]) {
            transcript.add({ type: "customer.message", data: { text: "" }, sequence, at: 0 });
          }
          return transcript.watermark;
        }"""
    )
    assert watermark == 2


@pytest.mark.parametrize(
    ("page", "first"),
    [
        ("index.html", "chat/main.js"),
        ("knowledge/index.html", "knowledge/main.js"),
        ("desk/index.html", "desk/main.js"),
        ("evaluation/index.html", "evaluation/main.js"),
        ("signed_in/index.html", "signed_in/main.js"),
    ],
)
def test_a_page_preloads_exactly_the_modules_it_imports(page: str, first: str) -> None:
    web = Path(__file__).parents[2] / "app" / "web"
    start = web / first
    found: set[Path] = set()
    todo = [start]
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            imports = re.findall(r'(?:from|import)\s*"(\.[^"]+)"', module.read_text())
            todo.extend((module.parent / name).resolve() for name in imports)
    preloaded = re.findall(r'rel="modulepreload" href="/web/([^"]+)"', (web / page).read_text())
    assert sorted(preloaded) == sorted(str(module.relative_to(web)) for module in found - {start})


def test_every_piece_of_evidence_has_words_on_the_search_bench() -> None:
    web = Path(__file__).parents[2] / "app" / "web"
    for language in ("zh-Hans", "zh-Hant", "en"):
        words = (web / "words" / "knowledge" / f"{language}-bench.js").read_text()
        listed = words[words.index("evidence:") : words.index("inverse:")]
        assert set(re.findall(r"^ +(\w+): \[", listed, re.MULTILINE)) == set(EVIDENCE), language
    judged = (web / "knowledge" / "verdict.js").read_text()
    assert set(re.findall(r"^  (\w+): \[", judged, re.MULTILINE)) == set(EVIDENCE)
