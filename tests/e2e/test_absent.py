"""Forty questions without an answer, put to the packaged model: as shipped, and with the evidence gate forced open.

A small model invents when the passages lack the answer; no invented figure and no invented name may reach a customer.
"""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from eval import run
from eval.cases import load_suites
from eval.corpus import read_corpus
from eval.metrics import invented_people, unsupported_numbers
from tests.e2e.stack import running

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.environ.get("WENDA_E2E") == "short", reason="takes half an hour: make e2e"),
]


@pytest.mark.parametrize("gate", ["as_shipped", "forced_open"])
async def test_no_invented_figure_or_name_reaches_a_customer(tmp_path: Path, gate: str) -> None:
    (suite,) = load_suites(["absent"])
    assert len(suite.cases) >= 40
    settings = {"WENDA_LLM__MAX_TOKENS": "120"}
    if gate == "forced_open":
        settings["WENDA_SEARCH__REQUIRE_SUFFICIENT"] = "false"
    with running(tmp_path, **settings) as stack:
        stack.await_model()
        async with httpx.AsyncClient(base_url=stack.url, timeout=300, trust_env=False) as client:
            await run.log_in(client)
            hotline = (await client.get("/readyz")).json()["bank"]["hotline"]
            outcomes = await run.run(client, [suite], read_corpus(), hotline)
    for outcome in outcomes:
        turn = outcome.turn
        print(
            f"{outcome.case.id} {turn['status']:10} {turn['generator']:5} {outcome.case.question} -> {turn['text']!r}"
        )
    wrong = {
        outcome.case.id: (sorted(map(str, unsupported_numbers(outcome))), sorted(invented_people(outcome)))
        for outcome in outcomes
        if unsupported_numbers(outcome) or invented_people(outcome)
    }
    assert wrong == {}
    assert all(outcome.turn["status"] != "failed" for outcome in outcomes)
