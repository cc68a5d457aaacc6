"""A small desk for its page: tickets, their conversations and the agents' stream, in one process and without rules.

`python -m tests.browser.fake_desk` serves a busy evening at the printed address, to look at by hand.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from tests.browser.fake_service import Conversation, FakeService, problem

SKILLS = [{"id": "general", "name": "综合"}, {"id": "fraud", "name": "风险"}, {"id": "complaint", "name": "投诉"}]
TAKEN = "这张工单已由其他同事接入，请处理下一张。"
DEPOSIT = "不像存款，不受存款保险保障。"


def passage(quote: str) -> dict[str, str]:
    return {"passage_id": "p1", "title": "个人贷款服务指南", "section": "提前还款", "quote": quote}


class FakeDesk(FakeService):
    """Warnings for a draft, and passages to reply with, are what the test puts here."""

    def _begin(self) -> None:
        super()._begin()
        self.tickets: dict[str, dict[str, Any]] = {}
        self.summaries: dict[str, dict[str, Any]] = {}
        self.warnings: dict[str, list[dict[str, Any]]] = {}
        self.canned: list[dict[str, str]] = []
        self.figures: dict[str, Any] | None = None
        self.me: dict[str, Any] = {"status": "online", "skills": ["general"], "languages": ["zh-Hans"], "capacity": 4}
        self._desks: list[tuple[str, asyncio.Queue[tuple[str, Any]]]] = []

    # -- for tests ------------------------------------------------------------------------------------------------

    def add(self, id: str, lines: list[tuple[str, dict[str, Any]]], **ticket: Any) -> dict[str, Any]:
        """A queued ticket and the events of its conversation."""
        waited, term = ticket.pop("waited", 60), ticket.pop("term", 900)
        summary = ticket.pop("summary", {})
        talk = Conversation(f"c-{id}", f"customer-{id}-7f3a91")
        for event, data in lines:
            talk.append(event, data, data.get("turn_id") or data.get("turn", {}).get("turn_id"))
        now = datetime.now(UTC)
        made: dict[str, Any] = {
            "id": id,
            "conversation_id": talk.id,
            "customer_id": talk.customer,
            "status": "queued",
            "reason": "explicit_human",
            "priority": "P2",
            "skill": "general",
            "language": "zh-Hans",
            "agent_id": None,
            "created_at": (now - timedelta(seconds=waited)).isoformat(),
            "due_at": (now - timedelta(seconds=waited - term)).isoformat(),
            "assigned_at": None,
            "closed_at": None,
            "first_response_at": None,
            "question": "",
            "last": None,
            "unread": 0,
            "reopened": False,
            "resolution": "",
            "transferred_from": None,
            "callback": None,
            **ticket,
        }

        def put() -> None:
            self.conversations[talk.id] = talk
            self.summaries[id] = {"question": made["question"], **summary}
            self._changed(made)

        self._loop.call_soon_threadsafe(put)
        return made

    def customer_says(self, id: str, text: str) -> None:
        def say() -> None:
            ticket = self.tickets[id]
            talk = self.conversations[ticket["conversation_id"]]
            talk.append("customer.message", {"text": text})
            last = {"from": "customer", "text": text, "at": datetime.now(UTC).isoformat()}
            self._changed({**ticket, "last": last, "unread": ticket["unread"] + 1})

        self._loop.call_soon_threadsafe(say)

    def tell(self, event: str, data: dict[str, Any]) -> None:
        """An event of the desks' stream."""
        self._loop.call_soon_threadsafe(self._tell, event, data)

    # -- the service ----------------------------------------------------------------------------------------------

    def _tell(self, event: str, data: Any) -> None:
        for _, queue in self._desks:
            queue.put_nowait((event, data))

    def _changed(self, ticket: dict[str, Any]) -> None:
        self.tickets[ticket["id"]] = ticket
        self._tell("ticket", {"ticket": ticket})

    def _routes(self, app: FastAPI) -> None:
        super()._routes(app)
        for path, handler, method in (
            ("/v1/auth/login", self._ways_in, "GET"),
            ("/v1/auth/token", self._sign_in, "POST"),
            ("/v1/desk/events", self._desk_events, "GET"),
            ("/v1/desk/me", self._me, "GET"),
            ("/v1/desk/me", self._me, "PUT"),
            ("/v1/desk/skills", self._skills, "GET"),
            ("/v1/desk/canned", self._canned, "GET"),
            ("/v1/tickets/{id}", self._ticket, "GET"),
            ("/v1/tickets/{id}/{step}", self._step_ticket, "POST"),
            ("/v1/analytics/service", self._figures, "GET"),
        ):
            app.add_api_route(path, handler, methods=[method])

    async def _ways_in(self) -> Response:
        return JSONResponse({"demo": True, "oidc": None})

    async def _sign_in(self, request: Request) -> Response:
        form = (await request.body()).decode()
        name = form.split("username=")[1].split("&")[0]
        if "password=demo" not in form:
            return problem(401, "wrong_password", "用户名或密码不正确，请检查后重试。")
        self._tokens.add(name)
        return JSONResponse({"access_token": name, "roles": ["agent"]})

    def _own(self, request: Request, id: str) -> Conversation | Response:
        found = self.conversations.get(id)
        if found is not None and (self._caller(request) or "").startswith("agent"):
            return found
        return super()._own(request, id)

    async def _desk_events(self, request: Request) -> Response:
        who = self._caller(request) or ""
        queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._desks.append((who, queue))
        queue.put_nowait(("hello", {"agent": who, "tickets": list(self.tickets.values()), "counts": {}}))

        async def stream() -> AsyncIterator[str]:
            try:
                while True:
                    event, data = await queue.get()
                    yield f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
            finally:
                self._desks.remove((who, queue))

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def _me(self, request: Request) -> Response:
        change = await self._record(request)
        self.me.update(change or {})
        return JSONResponse(self.me)

    async def _skills(self) -> Response:
        return JSONResponse({"skills": SKILLS})

    async def _canned(self, query: str) -> Response:
        return JSONResponse({"replies": [one for one in self.canned if query in json.dumps(one, ensure_ascii=False)]})

    async def _figures(self) -> Response:
        return JSONResponse(self.figures) if self.figures else problem(404, "not_found", "没有找到。")

    async def _ticket(self, id: str) -> Response:
        return JSONResponse({**self.tickets[id], "summary": self.summaries[id]})

    async def _step_ticket(self, request: Request, id: str, step: str) -> Response:
        body = await self._record(request) or {}
        ticket, who, now = dict(self.tickets[id]), self._caller(request) or "", datetime.now(UTC).isoformat()
        talk = self.conversations[ticket["conversation_id"]]
        if step == "check":
            found = [one for words, ones in self.warnings.items() if words in body["text"] for one in ones]
            return JSONResponse({"warnings": found})
        if step == "reveal":
            return JSONResponse({"text": "我的手机是13800000000。"})
        if step in ("typing", "read"):
            return Response(status_code=204)
        if step == "draft":
            return problem(404, "no_draft", "没有足够的依据。")
        if step == "messages":
            return self._spoken(request, ticket, talk, who, body["text"])
        if step == "accept":
            if ticket["status"] == "assigned" and ticket["agent_id"] != who:
                return problem(409, "ticket_taken", TAKEN)
            ticket.update(status="assigned", agent_id=who, assigned_at=now)
        elif step == "transfer":
            ticket.update(status="queued", agent_id=None, skill=body["skill"], transferred_from=ticket["skill"])
        else:
            status = {"resolve": "resolved", "return": "returned"}[step]
            ticket.update(status=status, closed_at=now, resolution=body.get("resolution", ""))
        talk.append("ticket.updated", {"ticket_id": id, "status": ticket["status"], "agent": who})
        self._changed(ticket)
        return JSONResponse(ticket)

    def _spoken(
        self, request: Request, ticket: dict[str, Any], talk: Conversation, who: str, text: str
    ) -> JSONResponse:
        key = request.headers.get("idempotency-key", "")
        if key not in self._keys:
            talk.append("agent.message", {"agent": who, "text": text})
            self._keys[key] = str(len(talk.events))
            now = datetime.now(UTC).isoformat()
            last = {"from": "agent", "text": text, "at": now}
            first = ticket["first_response_at"] or now
            self._changed({**ticket, "first_response_at": first, "last": last, "unread": 0})
        return JSONResponse({**self.tickets[ticket["id"]], "sequence": int(self._keys[key])})


def answered(turn: str, question: str, text: str, status: str = "answered", **more: Any) -> list[tuple[str, Any]]:
    """The events of one question and its answer."""
    result = {"turn_id": turn, "status": status, "text": text, "citations": [], "suggestions": [], **more}
    return [
        ("customer.message", {"text": question}),
        ("turn.started", {"turn_id": turn, "generator": "quote", "ai_label": "AI 摘录"}),
        ("answer.delta", {"turn_id": turn, "text": text}),
        ("turn.completed", {"turn": result}),
    ]


QUOTE = "个人住房贷款满一年后可以申请提前还款，不收违约金；未满一年的，按提前还款本金的1%收取。"


def evening(desk: FakeDesk) -> None:
    """An emergency, a complaint, an angry customer, quiet ones, and one in hand."""
    safety = "请先不要转账，也不要把验证码告诉任何人。如果已经转出，请立即拨打110或96110，并拨打400-000-0000申请止付。"
    emergency = answered("t9", "有人自称公安，让我把钱转到安全账户", safety, "handed_off", reason="fraud")
    handoff = {"turn_id": "t9", "ticket_id": "k-fraud", "reason": "fraud", "priority": "P0", "text": "已登记人工。"}
    desk.add(
        "k-fraud",
        [*emergency[:3], ("handoff.created", handoff), emergency[3]],
        reason="fraud",
        priority="P0",
        skill="fraud",
        question="有人自称公安，让我把钱转到安全账户",
        waited=34,
        term=60,
        summary={
            "wants": "有人自称公安，让我把钱转到安全账户",
            "who": {"customer_id": "x", "tolerance": None, "assessed_until": None, "age_65": True},
            "emotion": {"label": "distressed", "because": ["吓得手都在抖"]},
            "rails": [{"rule_id": "fraud.safe_account", "reason": "fraud", "catches": "自称公检法、要求转到安全账户"}],
            "tried": [],
            "entities": {"amounts": ["20万元"], "phones": ["138****0000"]},
            "open_questions": ["钱是否已经转出", "是否告诉过对方验证码"],
        },
    )
    source = {**passage(QUOTE), "n": 1, "document_id": "d", "version": 2, "page": None, "valid_from": None}
    lines = [
        *answered("t1", "房贷可以提前还款吗？", f"{QUOTE}[1]", citations=[{**source, "valid_to": None}]),
        *answered(
            "t2", "那我这笔到底收不收违约金，你们前后说法不一样！", "抱歉，我没有查到您这笔贷款的情况。", "abstained"
        ),
        ("customer.message", {"text": "我要找人工！我的号码是138****0000，快点！"}),
        ("handoff.created", {"ticket_id": "k-anger", "reason": "anger", "priority": "P1", "position": 1, "text": ""}),
    ]
    desk.add(
        "k-anger",
        lines,
        reason="anger",
        priority="P1",
        question="我这笔房贷提前还款到底收不收违约金？",
        waited=210,
        term=300,
        summary={
            "wants": "我这笔房贷提前还款到底收不收违约金？",
            "who": {"customer_id": "x", "tolerance": "C2", "assessed_until": "2027-03-31", "age_65": False},
            "emotion": {"label": "angry", "because": ["你们前后说法不一样！", "快点！"]},
            "entities": {
                "products": ["个人住房贷款"],
                "amounts": ["1%"],
                "dates": ["满一年"],
                "phones": ["138****0000"],
            },
            "tried": [
                {
                    "turn_id": "t1",
                    "question": "房贷可以提前还款吗？",
                    "status": "answered",
                    "answer": QUOTE,
                    "citations": [source],
                },
                {
                    "turn_id": "t2",
                    "question": "那我这笔到底收不收违约金？",
                    "status": "abstained",
                    "answer": "抱歉，我没有查到您这笔贷款的情况。",
                    "citations": [],
                },
            ],
            "rails": [{"rule_id": "anger.strong", "reason": "anger", "catches": "感叹、催促、指责"}],
            "open_questions": ["这笔贷款放款满一年了吗"],
            "suggested_reply": {
                "text": "让您久等了，很抱歉前面没有说清。是否收违约金，要看放款是否满一年。请问您是哪一年办理的？",
                "passages": [passage(QUOTE)],
            },
        },
    )
    desk.add(
        "k-complaint",
        answered("t3", "我要投诉网点排队两小时没人管", "您的投诉我们一定受理。", "handed_off", reason="complaint"),
        reason="complaint",
        priority="P1",
        skill="complaint",
        question="我要投诉网点排队两小时没人管",
        waited=3600 * 30,
        term=3600 * 24 * 15,
        reopened=True,
    )
    desk.add(
        "k-quiet",
        answered("t4", "How do I close my card abroad?", "I could not find a precise source.", "abstained"),
        reason="repeated_failure",
        language="en",
        question="How do I close my card abroad?",
        waited=960,
        term=900,
    )
    desk.add(
        "k-callback",
        answered("t5", "理财到期的钱什么时候到账", "到期后1至3个工作日到账。", "answered"),
        question="理财到期的钱什么时候到账",
        waited=120,
        callback={"at": (datetime.now(UTC) + timedelta(hours=12)).isoformat(), "contact_masked": "138****0000"},
    )
    desk.warnings["保证"] = [
        {
            "rule_id": "out.guarantee",
            "reason": "guarantee",
            "catches": "承诺保本保收益",
            "source": "",
            "spans": [{"start": 2, "end": 4}],
        }
    ]
    desk.canned = [
        {"passage_id": "p1", "title": "个人贷款服务指南", "section": "提前还款", "text": QUOTE},
        {
            "passage_id": "p2",
            "title": "个人贷款服务指南",
            "section": "办理渠道",
            "text": "提前还款请在手机银行“贷款-提前还款”申请，或携带身份证到贷款经办网点办理。",
        },
        {
            "passage_id": "p3",
            "title": "投诉处理办法",
            "section": "时限",
            "text": "投诉自受理之日起15日内作出处理决定，情况复杂的可以延长并告知。",
        },
    ]
    desk.figures = figures()


def figures() -> dict[str, Any]:
    today = datetime.now(UTC).date()
    by_day = [
        {
            "day": (today - timedelta(days=29 - at)).isoformat(),
            "conversations": 60 + (at * 17) % 45 - (25 if at % 7 > 4 else 0),
            "handed_off": 9 + (at * 5) % 9,
            "resolved": 8 + (at * 5) % 8,
            "rating": 4.1 + (at % 5) / 10,
        }
        for at in range(30)
    ]
    reasons = {"explicit_human": 121, "repeated_failure": 84, "complaint": 41, "anger": 33, "fraud": 12, "card_loss": 9}
    return {
        "volume": {"conversations": 2140, "turns": 6387},
        "contained": {"count": 1840, "share": 0.8598},
        "handed_off": {"count": 300, "share": 0.1402, "by_reason": reasons},
        "first_response_s": {"p50": 42, "p90": 170},
        "resolution_s": {"p50": 410, "p90": 1460},
        "rating": {
            "bot": {
                "mean": 4.2,
                "count": 612,
                "by_score": {"5": 320, "4": 170, "3": 70, "2": 30, "1": 22},
                "reasons": {"off_point": 31, "unresolved": 24, "quick": 19, "not_found": 12},
            },
            "person": {
                "mean": 4.6,
                "count": 188,
                "by_score": {"5": 140, "4": 30, "3": 10, "2": 5, "1": 3},
                "reasons": {"patient": 61, "waited": 9},
            },
        },
        "reopened": {"count": 21, "share": 0.07},
        "by_day": by_day,
    }


def serve_forever() -> None:
    with FakeDesk() as desk:
        desk.readiness["demo"] = True
        evening(desk)
        print(f"{desk.url}/desk", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    serve_forever()
