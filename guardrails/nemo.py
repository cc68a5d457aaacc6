"""NeMo Guardrails behind one class: one input flow and one output flow of Colang 1.0, which call our engine.

What must stay true: no telemetry, nothing loaded from the working directory, no memory of any message after the call,
no message in a log, and no verdict other than the engine's own. The only importer of nemoguardrails.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from guardrails.verdict import Verdict

# Read by NeMo when rails are built; set before its first import so that no import order can lose it.
os.environ["NEMO_GUARDRAILS_NO_USAGE_STATS"] = "1"

import nemoguardrails.colang.runtime as _runtime
from nemoguardrails import LLMRails, RailsConfig
from nemoguardrails.actions.action_dispatcher import ActionDispatcher
from nemoguardrails.actions.actions import ActionResult
from nemoguardrails.actions.rail_outcome import RailOutcome
from nemoguardrails.rails.llm.options import RailStatus, RailType
from nemoguardrails.utils import new_event_dict

CONFIG_FOLDER = Path(__file__).parent / "config"
INPUT_FLOW, OUTPUT_FLOW = "检查客户消息", "检查回答"
# How a message and an answer travel (spine.co): each with the rail it passes.
_SPINES = {"客户消息": INPUT_FLOW, "整段回答": OUTPUT_FLOW}
# NeMo's own flows that take part when a reply is said; it also loads its whole library, and every event would be tried
# on every flow of it.
_SYSTEM_FLOWS = frozenset({"process bot message", "run output rails", "generate bot message", "run retrieval rails"})

_building = Lock()


class RailsFailed(Exception):
    """NeMo did not carry the engine's verdict through; the caller fails closed. Never holds a customer's text."""


@dataclass(slots=True)
class _Call:
    """One check on its way through NeMo: what the action shall run, and what it decided.

    text: what is checked. finished: the event that says that its rail, flow, let it pass.
    """

    decide: Callable[[], Verdict]
    text: str
    finished: str
    flow: str
    verdict: Verdict | None = None


_call: ContextVar[_Call | None] = ContextVar("wenda_rail_call", default=None)


class _PackagedActions(ActionDispatcher):  # type: ignore[misc]
    """Loads actions from the installed package only: never from the working directory or a configuration folder."""

    _home = Path(_runtime.__file__).resolve().parent.parent

    def load_actions_from_path(self, path: Path) -> None:
        if Path(path).resolve().is_relative_to(self._home):
            super().load_actions_from_path(path)


class _NoHistory(dict[str, Any]):
    """NeMo keeps every conversation's events here, for ever and for everyone: keep none."""

    def __setitem__(self, key: str, value: Any) -> None:
        return


def read_config(folder: Path = CONFIG_FOLDER) -> RailsConfig:
    return RailsConfig.from_path(str(folder))


class NemoRails:
    """Runs a decision inside NeMo's input or output flow. Not re-entrant within one task; safe between tasks."""

    def __init__(self, config: RailsConfig) -> None:
        # NeMo logs events with the messages in them, and a failed action with its parameters.
        logging.getLogger("nemoguardrails").setLevel(logging.CRITICAL)
        with _building, _packaged_actions_only():
            self._sides: dict[str, Any] = {rail: LLMRails(config) for rail in _SPINES.values()}
        ours = {flow["id"] for flow in config.flows if _is_ours(flow)}
        for spine, rail in _SPINES.items():
            rails = self._sides[rail]
            rails.events_history_cache = _NoHistory()
            rails.register_action(_check_customer_message, name="check_customer_message")
            rails.register_action(_check_answer, name="check_answer")
            wanted = (_SYSTEM_FLOWS | ours) - (_SPINES.keys() - {spine})
            flows = rails.runtime.flow_configs
            rails.runtime.flow_configs = {name: flow for name, flow in flows.items() if name in wanted}

    async def run_input(self, text: str, decide: Callable[[], Verdict]) -> Verdict:
        """The customer's message through the one input flow. Raises RailsFailed."""
        call = _Call(decide, text, "InputRailFinished", INPUT_FLOW)
        return await self._run([{"role": "user", "content": text}], RailType.INPUT, call)

    async def run_output(self, text: str, decide: Callable[[], Verdict]) -> Verdict:
        """A whole answer through the one output flow. Raises RailsFailed."""
        # NeMo wants a user message before an answer; the question itself has no business there.
        messages = [{"role": "user", "content": "…"}, {"role": "assistant", "content": text}]
        return await self._run(messages, RailType.OUTPUT, _Call(decide, text, "OutputRailFinished", OUTPUT_FLOW))

    async def _run(self, messages: list[dict[str, Any]], rail: RailType, call: _Call) -> Verdict:
        rails = self._sides[call.flow]
        token = _call.set(call)
        try:
            result = await rails.check_async(messages, rail_types=[rail])
        except Exception as failure:
            raise RailsFailed(type(failure).__name__) from None
        finally:
            _call.reset(token)
            # It keeps the last conversation for debugging.
            rails._explain_info = None
        verdict = call.verdict
        if verdict is None:
            raise RailsFailed("no verdict")
        blocked = result.status == RailStatus.BLOCKED
        if blocked == verdict.allowed:
            raise RailsFailed("NeMo and the engine disagree")
        return verdict


async def _check_customer_message() -> RailOutcome | ActionResult:
    return _outcome()


async def _check_answer() -> RailOutcome | ActionResult:
    return _outcome()


def _outcome() -> RailOutcome | ActionResult:
    """Run the waiting decision; no verdict is a block.

    What lets a text pass also says so: a rail that has not finished counts as blocked. Colang could say it as well, but
    NeMo goes through all events again for every one that a flow creates.
    """
    call = _call.get()
    if call is None:
        return RailOutcome.failure(metadata={"concern": "答复核对失败"})
    try:
        call.verdict = call.decide()
    except Exception:
        # Raised here it would be logged with its parameters; run() sees that there is no verdict.
        return RailOutcome.failure(metadata={"concern": "答复核对失败"})
    if not call.verdict.allowed:
        return RailOutcome.block(reason=call.verdict.reason, metadata={"concern": "答复" + call.verdict.reply_key})
    passed = [
        new_event_dict(call.finished, flow_id=call.flow),
        new_event_dict("StartUtteranceBotAction", script=call.text),
    ]
    return ActionResult(return_value=RailOutcome.allow(), events=passed)


def _is_ours(flow: dict[str, Any]) -> bool:
    return not flow.get("is_system_flow") or flow.get("id") in {INPUT_FLOW, OUTPUT_FLOW}


@contextmanager
def _packaged_actions_only() -> Iterator[None]:
    """The runtime's constructor names its dispatcher class; there is no parameter for it."""
    before = _runtime.ActionDispatcher
    _runtime.ActionDispatcher = _PackagedActions
    try:
        yield
    finally:
        _runtime.ActionDispatcher = before
