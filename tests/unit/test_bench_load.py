"""The load generators: sentences are timed by when they came, every asker gets text of their own, a leak is seen."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import httpx
import pytest

from eval.bench.load_client import Stream, read_ours, read_peers
from eval.bench.paced_model import BRIEF, Texts, serve
from eval.bench.soak import Reading, slope_an_hour
from eval.bench.stand import Wordings
from tests.ports import free_port

TEXT = "年费为每年300元。刷卡满6次，免次年年费。挂失手续费每卡50元。"


def test_sentences_are_read_from_pieces_cut_anywhere_and_their_gaps_held_against_the_models_own() -> None:
    sentences = ["年费为每年300元[1]。", "刷卡满6次，免次年年费[1]。\n", "挂失手续费每卡50元。"]
    frames = [
        f"id: {n}\nevent: answer.delta\ndata: {json.dumps({'text': text})}\n\n" for n, text in enumerate(sentences)
    ]
    raw = "".join(f"{len(frame):x}\r\n{frame}\r\n" for frame in frames).encode()
    whole, cut = Stream(b"", read_ours), Stream(b"", read_ours)
    whole.data_received(raw)
    for at in range(0, len(raw), 7):
        cut.data_received(raw[at : at + 7])
    gaps = whole.take(20.0)
    # 10, 22 and 33 characters are whole after 5, 11 and 17 tokens of two.
    assert [gap.ideal_s for gap in gaps] == pytest.approx([6 / 20, 6 / 20])
    assert [gap.ideal_s for gap in cut.take(20.0)] == [gap.ideal_s for gap in gaps]
    assert whole.chars == cut.chars == sum(len(text.replace("[1]", "").strip()) for text in sentences)


def test_a_peers_tokens_make_sentences_where_they_end() -> None:
    stream = Stream(b"", read_peers)
    tokens = [TEXT[at : at + 2] for at in range(0, len(TEXT), 2)]
    stream.data_received("".join(f"event: token\r\ndata: {token}\r\n\r\n" for token in tokens).encode())
    ends = [number for number, token in enumerate(tokens, 1) if "。" in token]
    assert [gap.ideal_s for gap in stream.take(10.0)] == pytest.approx([(b - a) / 10 for a, b in pairwise(ends)])


async def test_the_model_gives_each_asker_other_sentences_in_full() -> None:
    port = free_port()
    running = asyncio.create_task(serve(port, 2000.0, Texts({"年费": TEXT * 40, "别的": "不。" * 200}, tokens=60)))
    body = {"messages": [{"content": "客户问：年费"}]}
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            for _ in range(100):
                try:
                    await client.get("/v1/models")
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.02)
            said = [_text((await client.post("/v1/chat/completions", json=body)).text) for _ in range(3)]
            await client.get("/short")
            brief = _text((await client.post("/v1/chat/completions", json=body)).text)
    finally:
        running.cancel()
    assert {len(text) for text in said} == {120}
    assert len(set(said)) == 3
    assert all(text in TEXT * 80 for text in said)
    assert brief == (TEXT * 40)[: BRIEF * 2]


def _text(raw: str) -> str:
    lines = [line.removeprefix("data: ") for line in raw.splitlines() if line.startswith("data: {")]
    return "".join(json.loads(line)["choices"][0]["delta"].get("content", "") for line in lines)


@pytest.mark.parametrize(("rise", "low", "high"), [(0.0, -5, 5), (60.0, 50, 70)])
def test_a_leak_is_seen_and_a_single_jump_is_none(rise: float, low: float, high: float) -> None:
    readings = [Reading(at, 800 + rise * at / 3600 + (25 if at > 300 else 0) + (at % 3), 40) for at in range(0, 480, 2)]
    flat = [one for one in readings if one.at <= 300]
    assert low <= slope_an_hour(flat) <= high


def test_half_an_hour_of_questions_are_all_worded_differently_and_every_number_has_its_own_wording() -> None:
    questions = [f"问题{n}？" for n in range(32)]
    wordings = Wordings(questions)
    asked = [wordings.next() for _ in range(6000)]
    assert len(set(asked)) == len(asked)
    assert [Wordings(questions).numbered(n) for n in (0, 31, 5999)] == [asked[0], asked[31], asked[5999]]
