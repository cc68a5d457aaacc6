"""One running product for all end-to-end tests that ask nothing special of it: loading the model takes minutes.

WENDA_E2E=short asks the few questions of `.ci/run`; full asks them all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from tests.e2e.stack import Stack, running

SHORT = os.environ.get("WENDA_E2E") == "short"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    tokens = {"WENDA_LLM__MAX_TOKENS": "60"} if SHORT else {}
    begun = time.monotonic()
    with running(tmp_path_factory.mktemp("stack"), **tokens) as stack:
        print(f"\nquotes after {time.monotonic() - begun:.0f} s", flush=True)
        stack.await_model()
        print(f"model after {time.monotonic() - begun:.0f} s", flush=True)
        yield stack
