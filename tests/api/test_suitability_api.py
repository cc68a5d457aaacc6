"""Suitability in a real turn: the profile staff recorded decides what a customer is told beside a product's facts."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from app.settings import AuthSettings, BankSettings, LimitSettings, LlmSettings, Settings
from guardrails import Guard
from tests.api.conftest import Service

QUESTION = "进取成长权益的固定管理费是多少"


@pytest.fixture
def guard(rails: Guard) -> Guard:
    return rails


async def _published(service: Service) -> None:
    await service.publish(
        "jq.md", "进取成长权益的固定管理费为1.20%/年。", title="进取成长权益", product_code="JQ-R4-01", risk_level="R4"
    )


async def _ask(service: Service, text: str) -> dict[str, Any]:
    customer = await service.as_("customer")
    conversation_id = (await customer.post("/v1/conversations")).json()["id"]
    answer = await customer.post(
        f"/v1/conversations/{conversation_id}/messages", json={"text": text}, headers={"accept": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_visitor_hears_the_facts_and_that_no_assessment_is_known(service: Service) -> None:
    await _published(service)
    turn = await _ask(service, QUESTION)
    assert turn["status"] == "answered"
    assert "1.20%" in turn["text"]
    assert "R4（中高风险）" in turn["text"]
    assert "没有您的有效风险测评" in turn["text"]


async def test_the_recorded_profile_decides_and_a_replay_comes_out_the_same(service: Service) -> None:
    await _published(service)
    customer = await service.as_("customer")
    customer_id = jwt.decode(customer.headers["authorization"].split()[1], options={"verify_signature": False})["sub"]
    agent = await service.as_("agent")
    body = {"tolerance": "C2", "assessed_until": "2027-01-01", "birth_year": 1950}
    assert (await agent.put(f"/v1/customers/{customer_id}/profile", json=body)).status_code == 200
    turn = await _ask(service, QUESTION)
    assert "1.20%" in turn["text"]
    assert "风险等级高于您的风险测评结果" in turn["text"]
    assert "家人" in turn["text"]
    assert "1950" not in turn["text"]
    replayed = (await (await service.as_("evaluator")).post(f"/v1/turns/{turn['turn_id']}/replay")).json()
    assert replayed["same"] is True


class TestThirdParty:
    @pytest.fixture(scope="class")
    def guard(self) -> Guard:
        return Guard.create("稳答示范平台", "400-000-0000", operator_type="third_party")

    @pytest.fixture
    def settings(self, tmp_path: Any) -> Settings:
        return Settings(
            _env_file=None,
            data_dir=tmp_path / "data",
            auth=AuthSettings(demo=True),
            limits=LimitSettings(enabled=False),
            llm=LlmSettings(base_url="http://127.0.0.1:9/v1"),
            bank=BankSettings(operator_type="third_party"),
        )

    async def test_a_platform_refers_product_questions_and_answers_the_rest(self, service: Service) -> None:
        await _published(service)
        await service.publish("fee.md", "跨行转账每笔手续费2元。", title="转账收费")
        turn = await _ask(service, QUESTION)
        assert (turn["status"], turn["reason"]) == ("refused", "operator_type")
        assert "1.20%" not in turn["text"]
        assert "发行或销售机构" in turn["text"]
        replayed = (await (await service.as_("evaluator")).post(f"/v1/turns/{turn['turn_id']}/replay")).json()
        assert replayed["same"] is True
        assert "2元" in (await _ask(service, "跨行转账每笔手续费多少"))["text"]
