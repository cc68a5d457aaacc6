"""The evaluator's runs over HTTP: suites, runs with their cases and traces, two runs compared, a run started."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.api.dependencies import Services, caller, services
from app.api.sse import frame, stream
from app.evaluation.comparing import Comparison, Moved, hold_against, word_pieces
from app.evaluation.running import Config
from app.evaluation.stored import UnknownRun
from app.identity import Caller, Role

router = APIRouter(prefix="/v1", tags=["evaluation"])
Evaluator = Annotated[Caller, Depends(caller(Role.EVALUATOR))]
Parts = Annotated[Services, Depends(services)]
# Cases whose difference is told in one answer; more would be read by nobody.
_MOST_MOVED = 200


class ConfigBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    top_k: int | None = Field(default=None, ge=1, le=20)
    model: bool = False
    open_gate: bool = False


class RunBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    suite: str = Field(min_length=1, max_length=80)
    config: ConfigBody = ConfigBody()


@router.get("/evaluation/suites")
async def list_suites(_: Evaluator, parts: Parts) -> dict[str, Any]:
    """installed: whether a run can be started here."""
    runs = parts.evaluation
    return {"suites": await asyncio.to_thread(runs.suites), "installed": runs.installed}


@router.get("/evaluation/runs")
async def list_runs(_: Evaluator, parts: Parts) -> dict[str, Any]:
    return {"runs": await asyncio.to_thread(parts.evaluation.list)}


@router.post("/evaluation/runs", status_code=202)
async def start_run(body: RunBody, _: Evaluator, parts: Parts) -> dict[str, Any]:
    run = await parts.evaluation.start(body.suite, Config(**body.config.model_dump()))
    return run.shown()


@router.get("/evaluation/runs/{run_id}")
async def read_run(run_id: str, _: Evaluator, parts: Parts) -> dict[str, Any]:
    """A finished run with its cases; one that runs, failed or was stopped with how far it came."""
    running = parts.evaluation.state(run_id)
    if running is not None and running.status != "done":
        return running.shown() | {"metrics": [], "cases": []}
    return await asyncio.to_thread(parts.evaluation.stored.run, run_id)


@router.get("/evaluation/runs/{run_id}/cases/{suite}/{case_id}")
async def read_case(run_id: str, suite: str, case_id: str, _: Evaluator, parts: Parts) -> dict[str, Any]:
    """One case with its whole trace."""
    return await asyncio.to_thread(parts.evaluation.stored.case, run_id, suite, case_id)


@router.get("/evaluation/runs/{run_id}/events", response_class=EventSourceResponse)
async def follow_run(run_id: str, _: Evaluator, parts: Parts) -> EventSourceResponse:
    """`run.progress` after each visible change, then `run.ended`."""
    if parts.evaluation.state(run_id) is None:
        raise UnknownRun()

    async def frames() -> AsyncIterator[ServerSentEvent]:
        async with aclosing(parts.evaluation.follow(run_id)) as states:
            async for run in states:
                yield frame("run.progress" if run.status == "running" else "run.ended", run.shown())

    return stream(frames())


@router.post("/evaluation/runs/{run_id}/stop")
async def stop_run(run_id: str, _: Evaluator, parts: Parts) -> dict[str, Any]:
    return (await parts.evaluation.stop(run_id)).shown()


@router.get("/evaluation/compare")
async def compare_runs(a: str, b: str, _: Evaluator, parts: Parts) -> dict[str, Any]:
    """a: the run before, b: the run after. Only what is not alike is told case by case."""
    stored = parts.evaluation.stored

    def held() -> Comparison:
        before, after = stored.report(a), stored.report(b)
        if "cases" not in before or "cases" not in after:
            raise UnknownRun("这两次评测里有一次没有逐题记录，不能逐题比较。")
        return hold_against(before, after)

    told = await asyncio.to_thread(held)
    return {
        "changes": [asdict(change) for change in told.changes],
        "versions": list(told.versions),
        "same": told.same,
        "only_before": told.only_before,
        "only_after": told.only_after,
        "moved_total": len(told.moved),
        "moved": [_moved(one) for one in told.moved[:_MOST_MOVED]],
    }


def _moved(one: Moved) -> dict[str, Any]:
    shown = ("status", "reason", "text", "cited", "rule_ids", "passages")
    return {
        "suite": one.suite,
        "id": one.case_id,
        "question": one.question,
        "better": list(one.better),
        "worse": list(one.worse),
        "fields": list(one.fields),
        "before": {name: one.before.get(name) for name in shown},
        "after": {name: one.after.get(name) for name in shown},
        "text": [{"kind": kind, "text": text} for kind, text in word_pieces(one.before["text"], one.after["text"])],
    }


@router.get("/turns/{turn_id}/trace")
async def read_trace(turn_id: str, who: Evaluator, parts: Parts) -> dict[str, Any]:
    """Everything that led to one turn's answer."""
    return await parts.traces.of(who.tenant, turn_id)
