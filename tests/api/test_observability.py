"""What an operator sees of a turn: its metrics, its trace, its one line in the log; nobody's words are there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.api import operations, readiness
from app.api.metrics import Metrics
from app.composition import Replacements
from app.main import create_app
from app.settings import LlmSettings, Settings, TracingSettings
from eval.loopback import serving
from eval.model_server import ModelServer
from guardrails import Guard
from tests.api.conftest import Clock, Service
from tests.fakes import LinePrepare, MemoryIndex, OverlapSearch

QUESTION = "跨行取款手续费是多少钱"
RULE = "跨行取款手续费每笔2元。"


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard.create("稳答示范银行", "400-000-0000")


@asynccontextmanager
async def observed(
    settings: Settings, guard: Guard, model: ModelServer, tracing: TracingSettings
) -> AsyncIterator[Service]:
    index, clock = MemoryIndex(), Clock()
    parts = Replacements(index=index, search=OverlapSearch(index), prepare=LinePrepare(), guard=guard, clock=clock)
    async with serving(model.app) as url:
        llm = LlmSettings(base_url=f"{url}/v1", connect_s=60, first_token_s=60)
        chosen = settings.model_copy(update={"llm": llm, "tracing": tracing})
        async with serving(create_app(chosen, parts)) as served:
            running = Service(served, index, LinePrepare(), clock, OverlapSearch(index))
            try:
                yield running
            finally:
                for client in running.clients.values():
                    await client.aclose()


class Collector:
    """A collector of traces on the loopback."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.app = Starlette(routes=[Route("/v1/traces", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.bodies.append(await request.body())
        return Response(status_code=200)

    def spans(self) -> list[Span]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [s for r in requests for part in r.resource_spans for scope in part.scope_spans for s in scope.spans]


async def test_the_metrics_tell_of_a_turn_by_stage_tokens_hand_over_and_queue(
    settings: Settings, guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE", 60.0)
    monkeypatch.setattr(operations, "_PATIENCE_S", 60.0)
    model = ModelServer(RULE)
    async with observed(settings, guard, model, TracingSettings()) as service:
        await service.publish("收费.txt", RULE)
        assert (await service.ask(QUESTION))["generator"] == "vllm"
        assert (await service.ask("保管箱的年租金是多少"))["status"] == "abstained"
        refused = await service.ask("火星上的天气怎么样")
        assert refused["status"] == "refused"
        customer = await service.as_("customer")
        conversation = (await customer.post("/v1/conversations")).json()["id"]
        for _ in range(2):  # asked twice, it is one ticket
            assert (await customer.post(f"/v1/conversations/{conversation}/handoff")).is_success
        service.clock.now += timedelta(seconds=90)
        said = (await (await service.as_("nobody")).get("/metrics")).text
    for line in (
        'wenda_turns_total{generator="vllm",reason="",status="answered"} 1.0',
        'wenda_turns_total{generator="rule",reason="insufficient_evidence",status="abstained"} 1.0',
        # The refused one too: what only sounds off topic waits for what the documents say.
        'wenda_turn_stage_seconds_count{stage="retrieve"} 3.0',
        'wenda_first_sentence_seconds_count{generator="vllm"} 1.0',
        'wenda_model_tokens_total{kind="prompt"} 700.0',
        'wenda_model_tokens_total{kind="completion"} 4.0',
        'wenda_handoffs_total{reason="explicit_human"} 1.0',
        'wenda_queue_length{priority="P2"} 1.0',
        'wenda_queue_oldest_seconds{priority="P2"} 90.0',
        'wenda_queue_length{priority="P0"} 0.0',
        'wenda_ingestion_jobs{status="queued"} 0.0',
        'wenda_part_ready{part="database"} 1.0',
        f'wenda_rails_total{{action="refuse",rule_id="{refused["rule_ids"][0]}",side="input"}} 1.0',
        "wenda_data_free_bytes ",
        "process_resident_memory_bytes ",
    ):
        assert line in said, line
    assert "取款" not in said


def test_rails_are_counted_by_rule_and_action() -> None:
    metrics = Metrics()
    verdict = {"side": "input", "action": "refuse", "reason": "advice", "rule_ids": ["advice.predict", "advice.pick"]}
    unnamed = {"side": "output", "action": "handoff", "reason": "rails_failed", "rule_ids": []}
    allowed = {"side": "input", "action": "allow", "reason": "", "rule_ids": []}
    metrics.turn("refused", "advice", "rule", {}, verdicts=[verdict, unnamed, allowed], failures=["slow"])
    metrics.turn("handed_off", "complaint", "rule", {})
    said = metrics.render().decode()
    assert 'wenda_rails_total{action="refuse",rule_id="advice.predict",side="input"} 1.0' in said
    assert 'wenda_rails_total{action="refuse",rule_id="advice.pick",side="input"} 1.0' in said
    assert 'wenda_rails_total{action="handoff",rule_id="rails_failed",side="output"} 1.0' in said
    assert 'action="allow"' not in said
    assert 'wenda_model_failures_total{code="slow"} 1.0' in said
    assert 'wenda_handoffs_total{reason="complaint"} 1.0' in said


@pytest.mark.parametrize("content", [False, True])
async def test_a_trace_joins_the_stages_of_a_turn_and_the_model_server_and_has_words_only_when_asked(
    settings: Settings, guard: Guard, content: bool
) -> None:
    model, collector = ModelServer(RULE), Collector()
    async with serving(collector.app) as url:
        tracing = TracingSettings(endpoint=f"{url}/v1/traces", content=content)
        async with observed(settings, guard, model, tracing) as service:
            await service.publish("收费.txt", RULE)
            turn = await service.ask(QUESTION)
            assert turn["generator"] == "vllm"
        # The service has stopped: what was left has been sent.
        spans = collector.spans()
    named = {span.name: span for span in spans}
    root = named["turn"]
    assert not root.parent_span_id
    assert _facts(root)["wenda.turn_id"] == turn["turn_id"]
    assert _facts(root)["wenda.status"] == "answered"
    for name in ("rails.input", "retrieve", "generate", "rails.output", "record"):
        assert named[name].trace_id == root.trace_id, name
        assert named[name].parent_span_id == root.span_id, name
        assert named[name].start_time_unix_nano >= root.start_time_unix_nano, name
        assert named[name].end_time_unix_nano <= root.end_time_unix_nano, name
    _, trace_id, parent_id, _ = model.headers[-1]["traceparent"].split("-")
    assert (bytes.fromhex(trace_id), bytes.fromhex(parent_id)) == (root.trace_id, named["generate"].span_id)
    told = b"".join(collector.bodies)
    assert (QUESTION.encode() in told, "每笔2元".encode() in told) == (content, content)


async def test_without_an_endpoint_nothing_is_traced_and_the_log_has_one_line_a_turn_without_words(
    settings: Settings, guard: Guard
) -> None:
    model = ModelServer(RULE)
    async with observed(settings, guard, model, TracingSettings()) as service:
        await service.publish("收费.txt", RULE)
        with structlog.testing.capture_logs() as lines:
            await service.ask(QUESTION)
    assert "traceparent" not in model.headers[-1]
    [line] = [line for line in lines if line["event"] == "turn"]
    assert {"turn_id", "status", "reason", "generator", "failures", "rules", "ms"} <= line.keys()
    assert "取款" not in str(lines)


def _facts(span: Span) -> dict[str, Any]:
    return {one.key: one.value.string_value for one in span.attributes}
