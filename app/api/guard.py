"""The rails on their own: the chat's checks for one message, or for one answer against given evidence."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import Services, caller, services
from app.identity import Caller, Role
from guardrails import Evidence, Message, Release, Verdict

router = APIRouter(prefix="/v1/guard", tags=["rails"])


class HistoryMessage(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Literal["customer", "bot", "agent"]
    text: str = Field(max_length=20_000)


class InputCheck(BaseModel):
    model_config = ConfigDict(extra="forbid")

    direction: Literal["input"]
    text: str = Field(max_length=20_000)
    history: list[HistoryMessage] = Field(default_factory=list, max_length=200)


class OutputCheck(BaseModel):
    model_config = ConfigDict(extra="forbid")

    direction: Literal["output"]
    text: str = Field(max_length=20_000)
    question: str = Field(default="", max_length=20_000)
    evidence: list[Annotated[str, Field(max_length=50_000)]] = Field(default_factory=list, max_length=50)


@router.post("/check")
async def check(
    body: Annotated[InputCheck | OutputCheck, Field(discriminator="direction")],
    who: Annotated[Caller, Depends(caller(Role.EVALUATOR))],  # noqa: ARG001 - the role is what is asked for
    parts: Annotated[Services, Depends(services)],
) -> dict[str, Any]:
    if isinstance(body, InputCheck):
        history = [Message(message.role, message.text) for message in body.history]
        return _shown(await parts.guard.check_input(body.text, history))
    release = Release(question=body.question, evidence=tuple(Evidence(text=text) for text in body.evidence))
    return _shown(await parts.guard.check_output(body.text, release))


def _shown(verdict: Verdict) -> dict[str, Any]:
    return {
        "action": verdict.action,
        "reason": verdict.reason,
        "priority": verdict.priority,
        "rule_ids": list(verdict.rule_ids),
        "reply": verdict.reply,
        "masked_text": verdict.masked_text,
        "spans": [asdict(span) for span in verdict.spans],
        "timings": dict(verdict.timings),
    }
