"""The outside of the service: tokens and roles, problems, limits, headers, readiness, what the log says."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest
import structlog

from app.api import readiness
from app.composition import Replacements
from app.identity import Caller, Role, Tokens
from app.main import create_app
from app.settings import AuthSettings, Settings
from eval.loopback import serving
from tests.api.conftest import Service
from tests.fakes import LinePrepare, MemoryIndex, OverlapSearch, shared


def _problem(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    assert body["type"]
    assert any("\u4e00" <= char <= "\u9fff" for char in body["title"])
    return answer.status_code, body["code"]


async def test_every_failure_is_a_problem_with_a_stable_code_and_a_chinese_sentence(service: Service) -> None:
    customer, nobody = await service.as_("customer"), await service.as_("nobody")
    evaluator = await service.as_("evaluator")
    json_type = {"content-type": "application/json"}
    assert _problem(await nobody.get("/v1/nothing")) == (404, "not_found")
    assert _problem(await nobody.put("/healthz")) == (405, "method_not_allowed")
    assert _problem(await nobody.get("/v1/documents")) == (401, "unauthenticated")
    assert _problem(await customer.get("/v1/documents")) == (403, "forbidden")
    assert _problem(await customer.get("/v1/conversations/unknown")) == (404, "not_found")
    assert _problem(await evaluator.post("/v1/search", content=b"{no", headers=json_type)) == (400, "malformed")
    assert _problem(await evaluator.post("/v1/search", json={"query": ""})) == (422, "invalid")
    assert _problem(await evaluator.post("/v1/search", json={"query": "x", "tenant": "other"})) == (422, "invalid")
    assert _problem(await evaluator.get("/v1/jobs/unknown")) == (404, "not_found")
    wrong = await nobody.post("/v1/auth/token", data={"username": "admin", "password": "x"})
    assert _problem(wrong) == (401, "wrong_password")
    bad_token = await nobody.get("/v1/documents", headers={"authorization": "Bearer x.y.z"})
    assert _problem(bad_token) == (401, "unauthenticated")


async def test_a_validation_problem_names_the_field_and_never_repeats_what_was_sent(service: Service) -> None:
    evaluator = await service.as_("evaluator")
    answer = await evaluator.post("/v1/search", json={"query": "x", "as_of": "我的身份证110101199001011234"})
    assert _problem(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["field"] == "body.as_of"
    assert "110101199001011234" not in answer.text


async def test_bodies_over_their_limit_are_refused_before_parsing_with_and_without_a_length(
    service: Service,
) -> None:
    customer = await service.as_("customer")
    conversation_id = (await customer.post("/v1/conversations")).json()["id"]
    path = f"/v1/conversations/{conversation_id}/messages"
    body = orjson.dumps({"text": "长" * 40_000})
    json_type = {"content-type": "application/json"}
    assert _problem(await customer.post(path, content=body, headers=json_type)) == (413, "too_large")

    async def pieces() -> Any:
        for start in range(0, len(body), 8000):
            yield body[start : start + 8000]

    assert _problem(await customer.post(path, content=pieces(), headers=json_type)) == (413, "too_large")


async def test_roles_are_those_of_the_table(service: Service) -> None:
    allowed = {
        ("GET", "/v1/documents"): {"agent", "editor", "approver", "evaluator", "admin"},
        ("GET", "/v1/gaps"): {"editor", "admin"},
        ("GET", "/v1/tickets"): {"agent", "admin"},
        ("GET", "/v1/audit"): {"admin"},
        ("GET", "/v1/audit/verify"): {"admin"},
        ("GET", "/v1/synonyms"): {"editor", "approver", "evaluator", "admin"},
        ("POST", "/v1/search"): {"agent", "editor", "approver", "evaluator", "admin"},
        ("POST", "/v1/guard/check"): {"editor", "approver", "evaluator", "admin"},
        ("GET", "/v1/guard/rules"): {"editor", "approver", "evaluator", "admin"},
        ("PUT", "/v1/customers/x/profile"): {"agent", "admin"},
        ("POST", "/v1/documents/x/versions/1/approve"): {"approver", "admin"},
        ("POST", "/v1/documents/x/versions/1/submit"): {"editor", "admin"},
        ("POST", "/v1/documents/x/rollback"): {"approver", "admin"},
        ("POST", "/v1/tickets/x/accept"): {"agent", "admin"},
    }
    bodies: dict[str, Any] = {
        "/v1/search": {"query": "x"},
        "/v1/guard/check": {"direction": "input", "text": "x"},
        "/v1/documents/x/rollback": {"version": 1},
    }
    names = ("customer", "agent", "editor", "approver", "evaluator", "admin")
    for (method, path), roles in allowed.items():
        for name in names:
            answer = await (await service.as_(name)).request(method, path, json=bodies.get(path, {}))
            if name in roles:
                assert answer.status_code in (200, 404), (method, path, name, answer.text)
            else:
                assert _problem(answer) == (403, "forbidden"), (method, path, name)


async def test_a_profile_and_feedback_are_kept(service: Service) -> None:
    agent = await service.as_("agent")
    body = {"tolerance": "C2", "assessed_until": "2027-01-01", "birth_year": 1950}
    assert (await agent.put("/v1/customers/c/profile", json=body)).json() == {"customer_id": "c", **body}
    assert _problem(await agent.put("/v1/customers/c/profile", json={"tolerance": "C9"})) == (422, "invalid")
    customer = await service.as_("customer")
    assert _problem(await customer.post("/v1/turns/unknown/feedback", json={"rating": "up"})) == (404, "not_found")


async def test_the_guard_answers_on_its_own(service: Service) -> None:
    evaluator = await service.as_("evaluator")
    incoming = await evaluator.post("/v1/guard/check", json={"direction": "input", "text": "手续费", "history": []})
    assert incoming.json()["action"] == "allow"
    outgoing = {"direction": "output", "question": "手续费", "text": "2元", "evidence": ["手续费2元"]}
    checked = await evaluator.post("/v1/guard/check", json=outgoing)
    assert set(checked.json()) == {
        "action",
        "reason",
        "priority",
        "rule_ids",
        "reply",
        "masked_text",
        "spans",
        "rules",
        "timings",
    }
    assert _problem(await evaluator.post("/v1/guard/check", json={"direction": "sideways"})) == (422, "invalid")


async def test_ready_without_a_language_model_and_the_parts_are_named(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE", 60.0)
    nobody = await service.as_("nobody")
    answer = await nobody.get("/readyz")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["demo"]) == ("ready", True)
    assert {name: part["status"] for name, part in body["parts"].items()} == {
        "index": "ready",
        "database": "ready",
        "embeddings": "ready",
        "model": "absent",
    }
    assert (await nobody.get("/healthz")).json() == {"status": "up"}


async def test_the_models_loading_progress_is_told_as_its_launcher_reports_it(
    service: Service, settings: Settings
) -> None:
    nobody = await service.as_("nobody")
    said = {"stage": "downloading", "percent": 40, "title": "正在下载语言模型"}
    (settings.data_dir / "model_status.json").write_bytes(orjson.dumps(said))
    model = (await nobody.get("/readyz")).json()["parts"]["model"]
    assert model == {"status": "loading", **said}
    (settings.data_dir / "model_status.json").write_bytes(b'{"stage": "rea')
    assert (await nobody.get("/readyz")).json()["parts"]["model"]["status"] == "absent"


async def test_an_index_that_is_down_makes_the_service_not_ready(service: Service) -> None:
    async def broken(_tenant: str | None = None) -> int:
        raise ConnectionError

    service.index.count = broken  # type: ignore[method-assign]
    answer = await (await service.as_("nobody")).get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["index"]["status"]) == (503, "failed")


async def test_a_demo_answers_only_this_machine_under_its_own_name(service: Service) -> None:
    nobody = await service.as_("nobody")
    for host in ("evil.example", "127.0.0.1.evil.example", "10.0.0.1:8000", ""):
        assert _problem(await nobody.get("/healthz", headers={"host": host})) == (403, "loopback_only")
    for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
        assert (await nobody.get("/healthz", headers={"host": host})).status_code == 200


async def test_outside_a_demo_there_are_no_demo_users_and_no_default_secret(tmp_path: Any, guard: Any) -> None:
    index = MemoryIndex()
    parts = Replacements(index=index, search=OverlapSearch(index), prepare=LinePrepare(), guard=guard, **shared())
    secret = AuthSettings.model_validate({"secret": "s" * 40})
    settings = Settings(_env_file=None, data_dir=tmp_path, auth=secret)
    async with serving(create_app(settings, parts)) as url, httpx.AsyncClient(base_url=url) as client:
        answer = await client.post("/v1/auth/token", data={"username": "admin", "password": "demo"})
        assert _problem(answer) == (404, "not_found")
        minted = Tokens("s" * 40, "wenda", demo=True).issue(Caller("demo", "admin", frozenset({Role.ADMIN})))
        answer = await client.get("/v1/audit", headers={"authorization": f"Bearer {minted}"})
        assert _problem(answer) == (401, "unauthenticated"), "a demo's token, though made with the right secret"
        assert (await client.post("/v1/auth/visitor")).status_code == 200
        assert (await client.get("/healthz", headers={"host": "bank.example"})).status_code == 200
    bare = create_app(Settings(_env_file=None, data_dir=tmp_path, auth=AuthSettings()), parts)
    with pytest.raises(ValueError, match="WENDA_AUTH__SECRET"):
        async with bare.router.lifespan_context(bare):
            pass


async def test_the_log_has_one_line_a_request_and_nobodys_words(service: Service) -> None:
    evaluator = await service.as_("evaluator")
    with structlog.testing.capture_logs() as lines:
        await evaluator.post("/v1/search", json={"query": "我的卡号6222020202020202021丢了"})
        await evaluator.get("/v1/documents?query=秘密")
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["route"], line["status"]) for line in requests] == [
        ("POST", "/v1/search", 200),
        ("GET", "/v1/documents", 200),
    ]
    assert "6222" not in str(lines)
    assert "秘密" not in str(lines)


async def test_metrics_count_requests_by_route(service: Service) -> None:
    nobody = await service.as_("nobody")
    await nobody.get("/v1/conversations/one-id")
    text = (await nobody.get("/metrics")).text
    assert 'wenda_requests_total{method="GET",route="/v1/conversations/{conversation_id}",status="401"} 1.0' in text
    assert "one-id" not in text


async def test_the_openapi_document_describes_every_route(service: Service) -> None:
    paths = (await (await service.as_("nobody")).get("/openapi.json")).json()["paths"]
    for path in ("/v1/documents", "/v1/search", "/v1/conversations/{conversation_id}/messages", "/v1/tickets"):
        assert path in paths


async def test_the_whole_chain_of_a_busy_service_verifies(service: Service) -> None:
    await service.publish("a.md", "年费100元。")
    await service.publish("a.md", "年费200元。")
    admin = await service.as_("admin")
    verified = (await admin.get("/v1/audit/verify")).json()
    assert (verified["ok"], verified["first_bad"]) == (True, None)
    assert verified["records"] == len((await admin.get("/v1/audit")).json()["records"])
