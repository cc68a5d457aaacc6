"""The vLLM generator against a real socket: what streams, what fails as what, and that leaving stops the model."""

import asyncio
from contextlib import aclosing, asynccontextmanager

import pytest

from app.generation.generator import GenerationFailed, Request
from app.generation.vllm import VllmGenerator
from app.settings import LlmSettings
from eval.loopback import serving
from eval.model_server import ModelServer
from tests.unit.test_citing import FEES

ASK = Request(question="年费多少", standalone="畅享信用卡年费多少", evidence=[FEES])


@asynccontextmanager
async def generator(model: ModelServer, **settings):
    async with serving(model.app) as url:
        vllm = VllmGenerator(LlmSettings(base_url=f"{url}/v1", **settings), "示例银行")
        try:
            yield vllm
        finally:
            await vllm.close()


async def collect(vllm: VllmGenerator) -> str:
    return "".join([piece async for piece in vllm.stream(ASK)])


async def test_the_answer_streams_whole_and_the_prompt_holds_bank_evidence_and_standalone_question():
    model = ModelServer("年费为每年300元，刷卡满6次免次年年费。")
    async with generator(model) as vllm:
        assert await collect(vllm) == model.answer
    system, user = (message["content"] for message in model.requests[0]["messages"])
    assert "示例银行" in system
    assert FEES.text in user
    assert ASK.standalone in user
    assert model.requests[0]["stream"] is True


async def test_no_character_that_turns_a_line_round_or_has_no_shape_comes_through():
    model = ModelServer("年费\u202e元002\u202c，\u200b首年\U000e0041免收。")
    async with generator(model) as vllm:
        assert await collect(vllm) == "年费元002，首年免收。"


@pytest.mark.parametrize(
    ("fault", "code"),
    [("hang", "slow"), ("refuse", "status_500"), ("garbage", "garbage"), ("cut", "cut")],
)
async def test_each_fault_is_a_named_failure(fault, code):
    model = ModelServer("年费为每年300元。")
    model.fault = fault
    limit = 0.2 if code == "slow" else 20  # only the hanging server is to run into the limit
    async with generator(model, first_token_s=limit, between_tokens_s=limit) as vllm:
        with pytest.raises(GenerationFailed) as failure:
            await collect(vllm)
        assert failure.value.code == code


async def test_silence_inside_an_answer_is_slow():
    model = ModelServer("年费为每年300元。")
    model.pause_s = 0.05
    async with generator(model, first_token_s=5, between_tokens_s=0.2) as vllm:
        pieces = vllm.stream(ASK)
        assert await anext(pieces)
        await pieces.aclose()
        model.pause_s = 30
    async with generator(model, first_token_s=0.2, between_tokens_s=0.2) as vllm:
        with pytest.raises(GenerationFailed) as failure:
            await collect(vllm)
        assert failure.value.code == "slow"


async def test_an_absent_server_opens_the_breaker_at_once_and_a_probe_finds_it_again():
    vllm = VllmGenerator(LlmSettings(base_url="http://127.0.0.1:9/v1"), "示例银行")
    with pytest.raises(GenerationFailed) as failure:
        await collect(vllm)
    assert failure.value.code == "unreachable"
    assert not await vllm.available()
    await vllm.close()
    model = ModelServer("好。")
    async with generator(model) as vllm:
        model.fault = "refuse"
        for _ in range(2):
            with pytest.raises(GenerationFailed):
                await collect(vllm)
        assert not await vllm.available()
        model.fault = ""
        assert await vllm.probe()
        assert await vllm.available()


async def test_closing_the_stream_stops_the_model():
    model = ModelServer("字" * 300)
    model.pause_s = 0.02
    async with generator(model) as vllm:
        async with aclosing(vllm.stream(ASK)) as pieces:
            async for _ in pieces:
                break
        for _ in range(200):
            if model.aborted:
                break
            await asyncio.sleep(0.01)
        assert model.aborted == 1


async def test_a_rewrite_is_one_line_and_limited_in_time():
    model = ModelServer("畅享信用卡的年费是多少？\n解释：略")
    async with generator(model) as vllm:
        assert await vllm.condense("那年费呢", [("customer", "畅享信用卡")], 5) == "畅享信用卡的年费是多少？"
        model.fault = "hang"
        with pytest.raises(GenerationFailed):
            await vllm.condense("那年费呢", [], 0.1)


async def _no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
    writer.close()


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def _cut_inside_a_chunk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\ndata: ")
    writer.close()


@pytest.mark.parametrize("behave", [_no_http, _hang_up, _cut_inside_a_chunk])
async def test_a_connection_that_breaks_is_broken_and_not_unreachable(behave):
    server = await asyncio.start_server(behave, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    vllm = VllmGenerator(LlmSettings(base_url=f"http://127.0.0.1:{port}/v1"), "示例银行")
    with pytest.raises(GenerationFailed) as failure:
        await collect(vllm)
    assert failure.value.code == "broken"
    assert await vllm.available()
    await vllm.close()
    server.close()


async def test_every_customer_who_leaves_stops_their_model_while_others_are_answered():
    model = ModelServer("字" * 300)
    model.pause_s = 0.01
    patient = {"connect_s": 60.0, "first_token_s": 60.0, "between_tokens_s": 60.0}  # server and customers share a loop
    async with generator(model, **patient) as vllm:

        async def leave_early() -> None:
            async with aclosing(vllm.stream(ASK)) as pieces:
                await anext(pieces)

        *left, whole = await asyncio.gather(*(leave_early() for _ in range(150)), collect(vllm))
        assert whole == model.answer
        for _ in range(2000):
            if model.aborted == len(left):
                break
            await asyncio.sleep(0.01)
        assert model.aborted == len(left)
