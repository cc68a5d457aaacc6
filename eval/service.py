"""The real service for an evaluation: in this process, on a loopback port, over a data folder with the corpus in it.

The ingested corpus is kept under a fingerprint of the corpus and of the code that reads it, and copied for each run.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn

from app.composition import Replacements
from app.logs import configure
from app.main import create_app
from app.settings import AuthSettings, LimitSettings, Settings
from eval.corpus import ROOT, Corpus, fingerprint

# Nothing listens there: the model is absent, and quotes answer.
NO_MODEL = "http://127.0.0.1:9/v1"
_READS = ("ingestion", "app/knowledge", "app/store")
_START_S = 120.0


class IngestionFailed(Exception):
    """The corpus could not be ingested; the message is the command's own output."""


class ServiceFailed(Exception):
    """The service could not be started."""


def ingested(corpus: Corpus, cache: Path) -> Path:
    """A data folder with the corpus approved in it; built once for each state of corpus and code."""
    key = fingerprint([corpus.folder, *(ROOT / part for part in _READS)])
    kept = cache / "eval" / key
    if kept.exists():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix="building-") as building:
        data = Path(building) / "data"
        environment = {**os.environ, "WENDA_DATA_DIR": str(data), "WENDA_CACHE_DIR": str(cache), "WENDA_URL": NO_MODEL}
        command = [sys.executable, "-m", "ingestion", str(corpus.folder), "--approve"]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise IngestionFailed(f"{done.stdout}\n{done.stderr}")
        try:
            data.rename(kept)
        except OSError:
            # Another evaluation beside this one was quicker; what it built is the same.
            if not kept.exists():
                raise
    return kept


@asynccontextmanager
async def serving(
    corpus: Corpus, *, llm: str = NO_MODEL, require_sufficient: bool = True, binds_citations: bool = True
) -> AsyncIterator[tuple[str, Settings]]:
    """The address of a service over a fresh copy of the ingested corpus. llm: its OpenAI-compatible endpoint.

    What the environment says of the search holds here too: WENDA_SEARCH__TOP_K=1 is what is evaluated.
    """
    given = Settings()
    cache = given.cache_dir
    kept = await asyncio.to_thread(ingested, corpus, cache)
    with tempfile.TemporaryDirectory(prefix="wenda-eval-") as folder:
        data = Path(folder) / "data"
        await asyncio.to_thread(shutil.copytree, kept, data)
        settings = Settings(
            data_dir=data,
            cache_dir=cache,
            log_level="WARNING",
            llm=given.llm.model_copy(update={"base_url": llm, "first_token_s": 60 if llm != NO_MODEL else 3}),
            search=given.search.model_copy(
                update={"require_sufficient": given.search.require_sufficient and require_sufficient}
            ),
            auth=AuthSettings(demo=True),
            limits=LimitSettings(enabled=False),
        )
        configure(settings.log_level)
        app = create_app(settings, Replacements(binds_citations=binds_citations))
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
        # A thread with a loop of its own: a failed start ends the thread (uvicorn raises SystemExit), not the run.
        thread = threading.Thread(target=server.run, name="service")
        thread.start()
        try:
            async with asyncio.timeout(_START_S):
                while not server.started:
                    if not thread.is_alive():
                        raise ServiceFailed("the service did not start; its own messages stand above")
                    await asyncio.sleep(0.05)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield f"http://127.0.0.1:{port}", settings
        finally:
            server.should_exit = True
            await asyncio.to_thread(thread.join)
