"""A customer takes everything that is kept of them, and has it erased: nothing readable is left, what the law holds is
named, and the audit chain still verifies."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from pydantic import ValidationError
from sqlalchemy import create_engine, text

from app.settings import RetentionSettings, Settings
from app.store import Database
from app.store.rights import CustomerRights, Retention
from app.store.sealing import Keyring
from guardrails import Guard
from tests.api.conftest import Service, on_both_databases
from tests.unit.test_sealing import MASTER, said

WORDS = "琥珀河畔的年费是多少"
PRIVATE = "琥珀河畔"


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


async def _customer_id(service: Service) -> str:
    token = (await service.as_("customer")).headers["authorization"].split()[1]
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


async def _talk(service: Service, question: str = WORDS) -> tuple[str, dict[str, Any]]:
    """A conversation with a turn, feedback, a rating and a wish to be told; gives its id and the turn."""
    customer = await service.as_("customer")
    conversation = (await customer.post("/v1/conversations")).json()["id"]
    path = f"/v1/conversations/{conversation}"
    key = {"idempotency-key": "one"}
    turn = (await customer.post(f"{path}/messages", json={"text": question}, headers=key)).json()
    await customer.put(f"/v1/turns/{turn['turn_id']}/notice", json={"consent": True})
    await customer.post(f"/v1/turns/{turn['turn_id']}/feedback", json={"rating": "up", "comment": f"{PRIVATE}好"})
    await customer.post(f"{path}/rating", json={"score": 4, "about": "bot", "comment": f"{PRIVATE}不错"})
    return conversation, turn


def _on_disk(settings: Settings, url: str) -> str:
    """Everything the database holds: its files' bytes, or every row of every table."""
    if not url:
        files = [path for path in settings.data_dir.iterdir() if path.name.startswith("wenda.db")]
        return "".join(path.read_bytes().decode(errors="replace") for path in files)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        rows = [str(row) for name in tables for row in connection.execute(text(f'SELECT * FROM "{name}"'))]
    engine.dispose()
    return "\n".join(rows)


@on_both_databases
async def test_what_a_customer_said_is_stored_sealed_exported_whole_and_erased_for_good(
    service: Service, settings: Settings, database_url: str
) -> None:
    conversation, turn = await _talk(service)
    customer, admin = await service.as_("customer"), await service.as_("admin")
    assert PRIVATE not in _on_disk(settings, database_url), "in clear on the disk"

    exported = await customer.get("/v1/customers/me/data")
    assert "attachment" in exported.headers["content-disposition"]
    data = exported.json()
    assert data["customer_id"] == await _customer_id(service)
    (told,) = data["conversations"]
    assert (told["messages"][0]["from"], told["messages"][0]["text"]) == ("customer", WORDS)
    assert told["messages"][1]["ai_label"]
    assert "人工智能" in data["ai_label"]
    assert PRIVATE in told["ratings"][0]["comment"]
    assert PRIVATE in told["feedback"][0]["comment"]
    assert told["answer_notices"][0]["asked"] == WORDS
    assert data["consents"] == {"profiling": False}
    assert (await admin.get(f"/v1/customers/{data['customer_id']}/data")).json()["conversations"] == [told]

    erased = (await customer.delete("/v1/customers/me/data")).json()
    assert erased == {"erased": {"conversations": 1, "tickets": 0, "profiles": 0}, "held": []}
    for path in (f"/v1/conversations/{conversation}", f"/v1/conversations/{conversation}/events"):
        assert (await customer.get(path)).status_code == 404
        assert (await admin.get(path)).status_code == 404
    again = await customer.post(
        f"/v1/conversations/{conversation}/messages", json={"text": WORDS}, headers={"idempotency-key": "one"}
    )
    assert again.status_code == 404, "the idempotency cache still knew it"
    assert (await (await service.as_("evaluator")).post(f"/v1/turns/{turn['turn_id']}/replay")).status_code == 404
    assert (await (await service.as_("editor")).get("/v1/gaps")).json()["gaps"] == []
    assert (await customer.get("/v1/customers/me/data")).json()["conversations"] == []

    audit = (await admin.get("/v1/audit", params={"conversation_id": conversation})).json()["records"]
    assert [record["payload"].get("erased") for record in audit if record["type"] == "turn"] == [True]
    assert PRIVATE not in str((await admin.get("/v1/audit")).json())
    verified = (await admin.get("/v1/audit/verify")).json()
    assert verified["ok"]
    assert {"customer.exported", "customer.erased"} <= {
        record["type"] for record in (await admin.get("/v1/audit")).json()["records"]
    }
    left = _on_disk(settings, database_url)
    assert conversation in left, "the chain still names what there was"
    assert PRIVATE not in left
    # Repeating it is harmless, and another conversation begins afresh.
    assert (await customer.delete("/v1/customers/me/data")).json()["erased"]["conversations"] == 0
    assert (await _talk(service))[1]["status"]


async def test_a_complaint_and_an_assessment_are_held_and_named_and_the_rest_is_erased(service: Service) -> None:
    await _talk(service)
    complaint, turn = await _talk(service, f"我要投诉你们，{PRIVATE}的理财经理骗我买产品")
    assert turn["ticket_id"], turn
    customer, agent, admin = [await service.as_(name) for name in ("customer", "agent", "admin")]
    refused = await customer.delete("/v1/customers/me/data")
    assert (refused.status_code, refused.json()["code"]) == (409, "ticket_open")
    await agent.post(f"/v1/tickets/{turn['ticket_id']}/accept")
    resolved = await agent.post(f"/v1/tickets/{turn['ticket_id']}/resolve", json={"resolution": "已登记"})
    assert resolved.status_code == 200
    me = await _customer_id(service)
    body = {"tolerance": "C2", "assessed_until": "2027-01-01", "birth_year": 1950}
    assert (await agent.put(f"/v1/customers/{me}/profile", json=body)).status_code == 200

    done = (await customer.delete("/v1/customers/me/data")).json()
    assert done["erased"]["conversations"] == 1
    assert {(one["reason"], one["until"]) for one in done["held"]} == {
        ("complaint", "2031-11-23"),
        ("suitability", "2046-11-23"),
    }
    assert all("监管" in one["title"] for one in done["held"])
    assert (await customer.get(f"/v1/conversations/{complaint}")).status_code == 404
    data = (await customer.get("/v1/customers/me/data")).json()
    assert (data["conversations"], data["profile"]) == ([], None)
    assert data["held"] == done["held"]
    assert PRIVATE in (await admin.get(f"/v1/conversations/{complaint}")).text, "what is held can be read by the law"
    assert (await customer.delete("/v1/customers/me/data")).json()["held"] == done["held"]
    assert (await admin.get("/v1/audit/verify")).json()["ok"]


async def test_nobody_but_the_customer_and_an_admin_may_have_it_and_an_admin_only_of_somebody_known(
    service: Service,
) -> None:
    await _talk(service)
    me = await _customer_id(service)
    admin = await service.as_("admin")
    assert (await admin.get(f"/v1/customers/{me}/data")).status_code == 200
    assert (await admin.get("/v1/customers/v_nobody/data")).status_code == 404
    assert (await admin.delete("/v1/customers/me/data")).status_code == 404
    assert (await (await service.as_("agent")).get(f"/v1/customers/{me}/data")).status_code == 403
    taken = (await admin.get("/v1/audit")).json()["records"][0]
    assert (taken["type"], taken["actor"], taken["payload"]["customer_id"]) == ("customer.exported", "admin", me)


async def test_the_sweep_erases_what_is_too_old_and_nothing_else(database: Database, url: str) -> None:
    del database  # the fixture made it; ours has keys
    moment = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)
    sealing = Database(url, keyring=Keyring(MASTER, new_id=lambda: uuid.uuid4().hex))
    await sealing.open()
    old = await said(sealing, clock=lambda: moment)
    rights = CustomerRights(sealing, Retention(183, 20), clock=lambda: moment + timedelta(days=183))
    assert await rights.sweep() == 0, "to the day"
    young = await said(sealing, clock=lambda: moment + timedelta(days=30))
    later = CustomerRights(sealing, Retention(183, 20), clock=lambda: moment + timedelta(days=184))
    assert await later.sweep() == 1
    left = await sealing.read(lambda c: list(c.execute(text("SELECT id FROM conversations")).scalars()))
    assert (young in left, old in left) == (True, False)
    keys = await sealing.read(lambda c: list(c.execute(text("SELECT scope FROM customer_keys")).scalars()))
    assert keys == [young]
    await sealing.close()


def test_less_than_half_a_year_is_refused_with_a_sentence_that_says_what_to_do() -> None:
    assert RetentionSettings(conversation_days=183).conversation_days == 183
    with pytest.raises(ValidationError, match="不能少于 183 天"):
        RetentionSettings(conversation_days=182)


def test_the_service_does_not_start_with_a_retention_that_is_too_short(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from app.main import serve

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WENDA_RETENTION__CONVERSATION_DAYS", "30")
    with pytest.raises(SystemExit, match="请改大后重新启动"):
        serve([])
