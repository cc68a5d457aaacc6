"""A small real service for the page: the contract's routes and events over loopback, with turns that follow scripts.

Its log behaves as the service's does: events are numbered from 1 without holes, stored before they are sent, and a
turn whose only reader leaves is cancelled.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import pages
from app.api.dependencies import services
from app.api.middleware import CONTENT_SECURITY_POLICY
from app.settings import Settings
from tests.ports import free_port

LABELS = {"vllm": "AI 生成 · 依据所附原文，仅供参考", "quote": "AI 摘录 · 以下为文件原文", "rule": "AI 客服 · 自动回复"}


@dataclass(frozen=True)
class Say:
    """One event of the turn."""

    event: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Hold:
    """Wait until the test releases this name."""

    name: str


@dataclass(frozen=True)
class Cut:
    """Break the connection of the turn's reader; the turn goes on."""


Step = Say | Hold | Cut


@dataclass
class Script:
    """What one turn does after its message is logged. problem: refuse the message instead, once, with this status.
    logged: what of the message is logged, when not all."""

    steps: Sequence[Step] = ()
    status: str = "answered"
    reason: str = ""
    generator: str = "vllm"
    problem: tuple[int, dict[str, str]] | None = None
    message_in_stream: bool = True
    logged: str | None = None


@dataclass
class Conversation:
    id: str
    customer: str
    events: list[tuple[int, str, dict[str, Any], str | None]] = field(default_factory=list)
    times: dict[int, str] = field(default_factory=dict)
    followers: int = 0
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    def append(self, event: str, data: dict[str, Any], turn: str | None = None) -> None:
        self.events.append((len(self.events) + 1, event, data, turn))
        self.times[len(self.events)] = datetime.now(UTC).isoformat()
        self.grown.set()
        self.grown = asyncio.Event()


class FakeService:
    """`with FakeService() as service`: runs in a thread; tests talk to it through its public methods."""

    def __init__(self) -> None:
        self._begin()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._app(),
                port=port,
                log_config=None,
                log_level="critical",
                timeout_graceful_shutdown=1,
                lifespan="off",
            )
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _begin(self) -> None:
        self.scripts: dict[str, Script] = {}
        self.readiness: dict[str, Any] = {
            "status": "ready",
            "demo": False,
            "parts": {
                name: {"status": "ready", "title": "正常"} for name in ("index", "database", "embeddings", "model")
            },
        }
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self.conversations: dict[str, Conversation] = {}
        self.cancelled: list[str] = []
        self._tokens: set[str] = set()
        # Turns whose customer wants to be told of an answer.
        self.wishes: set[str] = set()
        self._keys: dict[str, str] = {}
        self._cut: dict[str, asyncio.Event] = {}
        self._released: set[str] = set()
        self._waiting: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._count = 0

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve())
        self._loop.close()

    def __enter__(self) -> FakeService:
        self._thread.start()
        while not self._server.started:
            threading.Event().wait(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(timeout=60)

    def reset(self) -> None:
        """End every turn and forget everything, for the next test."""

        async def forget() -> None:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._begin()

        asyncio.run_coroutine_threadsafe(forget(), self._loop).result(timeout=60)

    # -- for tests ------------------------------------------------------------------------------------------------

    def release(self, name: str) -> None:
        """Let a turn go past its Hold."""

        def let_go() -> None:
            self._released.add(name)
            if name in self._waiting:
                self._waiting[name].set()

        self._loop.call_soon_threadsafe(let_go)

    def announce(self, event: str, data: dict[str, Any]) -> None:
        """An event outside any turn, in the newest conversation."""
        newest = list(self.conversations.values())[-1]
        self._loop.call_soon_threadsafe(newest.append, event, data)

    def forget_visitors(self) -> None:
        """Every token given so far is no longer good."""
        self._loop.call_soon_threadsafe(self._tokens.clear)

    def asked(self, method: str, suffix: str) -> list[tuple[dict[str, str], Any]]:
        """Headers and bodies of the requests to paths ending so."""
        return [(h, b) for m, p, h, b in self.requests if m == method and p.endswith(suffix)]

    # -- the service ----------------------------------------------------------------------------------------------

    def _app(self) -> ASGIApp:
        app = FastAPI()
        self._routes(app)

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            async def with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [
                        *message["headers"],
                        (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
                    ]
                await send(message)

            await app(scope, receive, with_headers)

        return guarded

    def _routes(self, app: FastAPI) -> None:
        app.dependency_overrides[services] = lambda: SimpleNamespace(settings=Settings(_env_file=None))
        app.include_router(pages.router)
        app.mount("/web", pages.web_files())
        app.add_api_route("/readyz", self._readyz, methods=["GET"])
        app.add_api_route("/v1/auth/visitor", self._visit, methods=["POST"])
        app.add_api_route("/v1/conversations", self._create, methods=["POST"])
        app.add_api_route("/v1/conversations/{id}", self._read, methods=["GET"])
        app.add_api_route("/v1/conversations/{id}/events", self._events, methods=["GET"])
        app.add_api_route("/v1/conversations/{id}/messages", self._send, methods=["POST"])
        app.add_api_route("/v1/conversations/{id}/handoff", self._handoff, methods=["POST", "DELETE"])
        app.add_api_route("/v1/conversations/{id}/callback", self._callback, methods=["POST"])
        for note in ("rating", "typing", "read"):
            app.add_api_route(f"/v1/conversations/{{id}}/{note}", self._note_only, methods=["POST"])
        app.add_api_route("/v1/turns/{id}/feedback", self._note_only, methods=["POST"])
        app.add_api_route("/v1/turns/{id}/notice", self._wish, methods=["PUT", "DELETE"])
        app.add_api_route("/v1/conversations/{id}/notices", self._wishes, methods=["GET"])

    async def _readyz(self) -> Response:
        return JSONResponse(self.readiness)

    async def _visit(self) -> Response:
        self._count += 1
        token = f"visitor-{self._count}"
        self._tokens.add(token)
        return JSONResponse({"access_token": token, "customer_id": token})

    async def _record(self, request: Request) -> Any:
        body = await request.body()
        parsed = json.loads(body) if body else None
        self.requests.append((request.method, request.url.path, dict(request.headers), parsed))
        return parsed

    def _caller(self, request: Request) -> str | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return token if token in self._tokens else None

    def _own(self, request: Request, id: str) -> Conversation | Response:
        who = self._caller(request)
        if who is None:
            return problem(401, "unauthenticated", "登录已失效，请重新进入后再试。")
        found = self.conversations.get(id)
        if found is None or found.customer != who:
            return problem(404, "not_found", "没有找到您要的内容，请检查编号后重试。")
        return found

    async def _create(self, request: Request) -> Response:
        await self._record(request)
        who = self._caller(request)
        if who is None:
            return problem(401, "unauthenticated", "登录已失效，请重新进入后再试。")
        made = Conversation(f"c{len(self.conversations) + 1}", who)
        self.conversations[made.id] = made
        return JSONResponse({"id": made.id})

    async def _read(self, request: Request, id: str) -> Response:
        await self._record(request)
        found = self._own(request, id)
        if isinstance(found, Response):
            return found
        roles = {"customer.message": "customer", "agent.message": "agent", "turn.started": "bot"}
        closed = {turn for _, event, _, turn in found.events if event == "turn.completed"}
        messages = [
            {
                "sequence": n,
                "role": roles[event],
                "text": data.get("text", ""),
                "created_at": found.times[n],
                "turn_id": turn,
                **({"status": "answered" if turn in closed else "running"} if event == "turn.started" else {}),
            }
            for n, event, data, turn in found.events
            if event in roles
        ]
        return JSONResponse({"id": id, "messages": messages})

    async def _events(self, request: Request, id: str) -> Response:
        await self._record(request)
        found = self._own(request, id)
        if isinstance(found, Response):
            return found
        after = int(request.headers.get("last-event-id", 0))
        found.followers += 1

        async def stream() -> AsyncIterator[str]:
            try:
                yield ": hello\n\n"
                async for frame, _, _ in self._follow(found, after):
                    yield frame
            finally:
                found.followers -= 1

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def _follow(self, found: Conversation, after: int) -> AsyncIterator[tuple[str, str, str | None]]:
        while True:
            grown = found.grown
            for number, event, data, turn in found.events[after:]:
                after = number
                yield f"id: {number}\nevent: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n", event, turn
            await grown.wait()

    async def _send(self, request: Request, id: str) -> Response:
        body = await self._record(request)
        found = self._own(request, id)
        if isinstance(found, Response):
            return found
        text = body["text"]
        script = self.scripts.get(text, Script([Say("answer.delta", {"text": f"关于“{text}”的回答。"})]))
        if script.problem is not None:
            status, said = script.problem
            script.problem = None
            return problem(status, **said)
        key = request.headers.get("idempotency-key", "")
        turn = self._keys.get(key)
        if turn is None:
            turn = self._keys[key] = f"turn{len(self._keys) + 1}"
            self._tasks[turn] = asyncio.create_task(self._turn(found, turn, text, script))
        return StreamingResponse(self._turn_stream(found, turn, script), media_type="text/event-stream")

    async def _turn_stream(self, found: Conversation, turn: str, script: Script) -> AsyncIterator[str]:
        try:
            async for frame, event, of_turn in self._follow(found, 0):
                if turn in self._cut and event == "turn.progress":
                    raise ConnectionResetError
                if of_turn != turn or (event == "customer.message" and not script.message_in_stream):
                    continue
                yield frame
                if event == "turn.completed":
                    return
        finally:
            broken = self._cut.pop(turn, None)
            if broken is not None:
                broken.set()
            elif not found.followers:
                self._tasks[turn].cancel()

    async def _turn(self, found: Conversation, turn: str, text: str, script: Script) -> None:
        shown: list[str] = []
        result: dict[str, Any] = {
            "turn_id": turn,
            "status": script.status,
            "reason": script.reason,
            "generator": script.generator,
            "ai_label": LABELS[script.generator],
            "citations": [],
            "suggestions": [],
        }
        found.append("customer.message", {"text": text if script.logged is None else script.logged}, turn)
        try:
            if script.status != "relayed":
                started = {"turn_id": turn, "generator": script.generator, "ai_label": LABELS[script.generator]}
                found.append("turn.started", started, turn)
            for step in script.steps:
                await self._step(step, found, turn, shown, result)
        except asyncio.CancelledError:
            self.cancelled.append(turn)
            result.update(status="failed", reason="client_left")
            found.append("turn.failed", {"code": "client_left", "title": "连接已断开。"}, turn)
        found.append("turn.completed", {"turn": {**result, "text": "".join(shown)}}, turn)

    async def _step(self, step: Step, found: Conversation, turn: str, shown: list[str], result: dict[str, Any]) -> None:
        if isinstance(step, Hold):
            if step.name not in self._released:
                await self._waiting.setdefault(step.name, asyncio.Event()).wait()
        elif isinstance(step, Cut):
            broken = self._cut[turn] = asyncio.Event()
            found.append("turn.progress", {"stage": "generating", "text": "正在组织答案……"}, turn)
            await broken.wait()
        else:
            found.append(step.event, step.data, turn)
            if step.event == "answer.delta":
                shown.append(step.data["text"])
            elif step.event == "answer.citations":
                result["citations"] = step.data["citations"]
            elif step.event == "answer.suggestions":
                result["suggestions"] = step.data["items"]

    async def _handoff(self, request: Request, id: str) -> Response:
        await self._record(request)
        found = self._own(request, id)
        if isinstance(found, Response):
            return found
        if request.method == "DELETE":
            found.append("ticket.updated", {"ticket_id": "k1", "status": "left"})
            return Response(status_code=204)
        data = {"ticket_id": "k1", "reason": "explicit_human", "priority": "P2", "position": 2}
        found.append("handoff.created", {**data, "text": "已为您登记人工服务，排在第 2 位。"})
        return JSONResponse({**data, "status": "queued"})

    async def _callback(self, request: Request, id: str) -> Response:
        body = await self._record(request)
        return JSONResponse({"at": body["at"], "contact_masked": f"{body['contact'][:3]}****"})

    async def _note_only(self, request: Request, id: str) -> Response:
        await self._record(request)
        return Response(status_code=204)

    async def _wish(self, request: Request, id: str) -> Response:
        await self._record(request)
        if request.method == "DELETE":
            self.wishes.discard(id)
            return Response(status_code=204)
        self.wishes.add(id)
        return JSONResponse({"turn_id": id, "told_at": None})

    async def _wishes(self, request: Request, id: str) -> Response:
        return JSONResponse({"notices": [{"turn_id": turn, "told_at": None} for turn in sorted(self.wishes)]})


def problem(status: int, code: str, title: str) -> Response:
    body = {"type": f"urn:wenda:problem:{code}", "status": status, "code": code, "title": title}
    return JSONResponse(body, status, media_type="application/problem+json")


def serve_forever() -> None:
    """`python -m tests.browser.fake_service`: the page at the printed address, to look at by hand."""
    with FakeService() as service:
        print(service.url)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    serve_forever()
