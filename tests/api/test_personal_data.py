"""Personal data planted in everything a customer and an agent may write is nowhere afterwards: not in a file of the
data folder, the index, a log, the audit, a trace, a prompt (the judge's too), nor in what the service says again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from app.settings import AuthSettings, JudgeSettings, LimitSettings, LlmSettings, Settings, TracingSettings
from eval.loopback import serving
from eval.model_server import ModelServer
from guardrails import Guard
from tests.api.conftest import Service
from tests.api.test_observability import Collector

PLANTED = {
    "11010519491231002X": "我的身份证是11010519491231002X",
    "6222021234567890128": "卡号6222021234567890128",
    "13812345678": "手机13812345678",
    "E12345678": "护照号E12345678",
    "someone.else@example.com": "邮箱someone.else@example.com",
    "文三路138号2幢1单元502室": "我住在杭州市西湖区文三路138号2幢1单元502室",
    "482913": "验证码是482913",
    "88886666": "固话010-88886666",
}
EVERYTHING = "，".join(PLANTED.values())
# A branch's telephone and address are an agent's to tell.
PRIVATE = "，".join(text for value, text in PLANTED.items() if value not in {"88886666", "文三路138号2幢1单元502室"})


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    model = ModelServer("跨行转账每笔手续费2元。")
    async with serving(model.app) as url:
        model.url = f"{url}/v1"
        yield model


@pytest.fixture
async def traces() -> AsyncIterator[str]:
    """Where traces go, with words in them; when the service has stopped, all have been sent and are looked through."""
    collector = Collector()
    async with serving(collector.app) as url:
        yield f"{url}/v1/traces"
        told = b"".join(collector.bodies).decode("utf-8", "ignore")
        assert "手续费" in told
        assert _left(told) == []


@pytest.fixture
def settings(tmp_path: Any, model: ModelServer, traces: str) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        auth=AuthSettings(demo=True),
        limits=LimitSettings(enabled=False),
        llm=LlmSettings(base_url=model.url, connect_s=60, first_token_s=4, between_tokens_s=4, condense_s=0.5),
        judge=JudgeSettings(base_url=model.url, limit_s=4, doubt=0),
        tracing=TracingSettings(endpoint=traces, content=True),
    )


def _left(text: str) -> list[str]:
    return [value for value in PLANTED if value.lower() in text.lower()]


async def _conversation(service: Service) -> Callable[[str], Awaitable[dict[str, Any]]]:
    """A new one, and how its customer asks in it."""
    customer = await service.as_("customer")
    path = f"/v1/conversations/{(await customer.post('/v1/conversations')).json()['id']}/messages"

    async def ask(text: str) -> dict[str, Any]:
        return dict((await customer.post(path, json={"text": text}, headers={"accept": "application/json"})).json())

    return ask


async def test_who_sends_personal_data_is_warned_and_answered_and_no_failed_conversation(service: Service) -> None:
    await service.publish("fee.md", "跨行转账每笔手续费2元。", title="转账收费")
    ask = await _conversation(service)
    only = await ask(EVERYTHING)
    assert (only["status"], only["reason"]) == ("answered", "personal_data")
    assert "不知道您想了解什么" in only["text"]
    answered = await ask(f"{EVERYTHING}，跨行转账每笔手续费多少")
    assert (answered["status"], answered["citations"][0]["title"]) == ("answered", "转账收费")
    assert "2元" in answered["text"]
    for turn in (only, answered):
        assert turn["text"].count("我已打码保存") == 1
    ask = await _conversation(service)
    assert (await ask(f"{EVERYTHING}，月球上的网点几点开门"))["status"] == "abstained"
    assert (await ask("火星上的网点呢，几点开门"))["status"] == "abstained"
    assert (await ask("木星上有几家网点"))["reason"] == "repeated_failure"


async def test_who_types_pinyin_is_understood_and_answered_in_chinese(service: Service) -> None:
    await service.publish("fee.md", "跨行转账每笔手续费2元。", title="转账收费")
    ask = await _conversation(service)
    assert (await ask("nihao"))["reason"] == "courtesy"
    answered = await ask("kahao 6222021234567890128, kuahang zhuanzhang meibi shouxufei duoshao")
    assert answered["status"] == "answered"
    assert "2元" in answered["text"]


async def test_what_was_planted_is_nowhere(
    service: Service, settings: Settings, model: ModelServer, capfd: pytest.CaptureFixture[str]
) -> None:
    await service.publish("fee.md", "跨行转账每笔手续费2元。", title="转账收费")
    customer, agent, admin = [await service.as_(name) for name in ("customer", "agent", "admin")]
    json_ = {"accept": "application/json"}
    conversation = (await customer.post("/v1/conversations")).json()["id"]
    path = f"/v1/conversations/{conversation}"
    said: list[str] = []

    async def ask(text: str, **headers: str) -> dict[str, Any]:
        answer = await customer.post(f"{path}/messages", json={"text": text}, headers={**json_, **headers})
        assert answer.status_code == 200, answer.text
        said.append(answer.text)
        return dict(answer.json())

    for text in PLANTED.values():
        await ask(f"{text}，跨行转账每笔手续费多少")
    turn = await ask(f"{EVERYTHING}，跨行转账每笔手续费多少", **{"idempotency-key": "k1"})
    comments = {"rating": "down", "tags": ["不对"], "comment": EVERYTHING}
    assert (await customer.post(f"/v1/turns/{turn['turn_id']}/feedback", json=comments)).is_success
    assert (await customer.post(f"{path}/rating", json={"score": 1, "comment": EVERYTHING})).is_success
    ticket = (await customer.post(f"{path}/handoff")).json()["ticket_id"]
    await agent.post(f"/v1/tickets/{ticket}/accept")
    await ask(EVERYTHING)  # to the agent
    await agent.post(f"/v1/tickets/{ticket}/messages", json={"text": f"收到，{PRIVATE}，网点电话0571-87654321"})
    await agent.post(f"/v1/tickets/{ticket}/resolve", json={"resolution": EVERYTHING, "reusable": True})
    completion = {"model": "wenda", "messages": [{"role": "user", "content": f"{EVERYTHING}，跨行转账手续费"}]}
    said.append((await customer.post("/v1/chat/completions", json=completion)).text)

    evaluator = await service.as_("evaluator")
    for body in (
        {
            "direction": "input",
            "text": f"{EVERYTHING}，跨行转账手续费",
            "history": [{"role": "customer", "text": EVERYTHING}],
        },
        {"direction": "output", "question": EVERYTHING, "text": f"好的，{EVERYTHING}。", "evidence": ["跨行转账2元。"]},
    ):
        checked = await evaluator.post("/v1/guard/check", json=body)
        assert checked.status_code == 200, checked.text
        # Where a rule fired is shown to who typed it, and to nobody else.
        said.append(checked.json()["masked_text"] + checked.json()["reply"])
    replayed = await evaluator.post(f"/v1/turns/{turn['turn_id']}/replay")
    assert replayed.json()["verdicts"]["same"], replayed.text
    said.append(replayed.text)

    for client, place in (
        (customer, path),
        (agent, f"/v1/tickets/{ticket}"),
        (admin, "/v1/audit"),
        (await service.as_("editor"), "/v1/gaps"),
    ):
        answer = await client.get(place)
        assert answer.status_code == 200, (place, answer.text)
        said.append(answer.text)
    for text in said:
        assert _left(text) == []
    assert "0571-87654321" in "\n".join(said)
    assert any("structured_outputs" in request for request in model.requests), "the judge was asked too"
    assert _left(str(model.requests)) == []
    assert _left(str(service.index.passages)) == []
    files = [file for file in settings.data_dir.rglob("*") if file.is_file()]
    assert any(file.suffix in {".sqlite3", ".db", ".sqlite"} or "wal" in file.name for file in files), files
    for file in files:
        content = file.read_bytes().decode("utf-8", "ignore") + file.read_bytes().decode("utf-16-le", "ignore")
        assert _left(content) == [], file.name
    logged = capfd.readouterr()
    assert "request" in logged.out + logged.err
    assert _left(logged.out + logged.err) == []
