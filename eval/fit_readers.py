"""`python -m eval.fit_readers input|output|claims`: teaches the packaged embedding model to read for the rails, or what
the conflict alarm's claims ask for.

Of every eight topics of the rails one is left out, so that `python -m eval.fit_rails`, which is run next, finds on
those from where its readings act; claims are taught twice, as eval.claim_lessons says.
Needs the environment of vLLM, which has PyTorch, and half an hour of two cores for each reader.
What it writes is committed; the ONNX model is made of it on each machine (deploy.local.embedding_model). Training is
repeatable on one machine, not bit for bit between two.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast, get_args

from app.settings import Settings
from deploy.local import embedding_model, vllm_env
from eval import claim_lessons
from eval.guard_suite import Side
from eval.rail_examples import Example, examples_of
from eval.rail_vectors import CHANGES
from guardrails import mask

_FOLDS = 8
# Of a phrase that many texts are drawn of, so many are read.
_DRAWN = 3
# As app.knowledge.search: more of a message is a story.
_CHARACTERS = 400


def left_out(example: Example) -> bool:
    """Whether the reader has not seen the example's topic."""
    return hashlib.sha256(example.group.encode()).digest()[1] % _FOLDS == 0


def lessons(side: Side) -> dict[str, Any]:
    """What eval.reading_net reads."""
    from app.knowledge.analysis import Analyser  # loads dictionaries

    plain = Analyser(Settings().cache_dir).normalise
    drawn: dict[str, int] = {}
    chosen: list[Example] = []
    for example in examples_of(side):
        if left_out(example):
            continue
        if not example.written:
            drawn[example.group] = drawn.get(example.group, 0) + 1
            if drawn[example.group] > _DRAWN:
                continue
        chosen.append(example)
    reasons = sorted({example.reason for example in chosen})
    return {
        "texts": ["query: " + (plain(mask(example.text).strip()[:_CHARACTERS]) or " ") for example in chosen],
        "labels": [reasons.index(example.reason) for example in chosen],
    }


def teach_claims() -> None:
    """Both readers side by side, each with its share of the cores: small matrices gain little from a second core."""
    given = [claim_lessons.lessons(claim_lessons.taught(half)) for half in range(len(claim_lessons.READERS))]
    cores = max((os.cpu_count() or 1) // len(given), 1)
    with ThreadPoolExecutor(len(given)) as threads:
        made = [
            threads.submit(_teach, "claim_net", rows, changes, cores)
            for rows, changes in zip(given, claim_lessons.READERS, strict=True)
        ]
        for one in made:
            one.result()
    print("now python -m eval fit conflicts")


def _teach(net: str, given: Any, changes: Path, cores: int = 0) -> None:
    """Writes the file of changes. cores: as many threads, by default as many as there are."""
    count = len(given["texts"]) if "texts" in given else len(given)
    print(f"{changes.stem}: {count} {'texts' if 'texts' in given else 'families'}", flush=True)
    cache = Settings().cache_dir
    with TemporaryDirectory() as folder:
        pack, told = Path(folder) / "pack", Path(folder) / "lessons.json"
        pack.write_bytes(embedding_model.download(cache))
        told.write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
        python = str(vllm_env.ensure(cache).python)
        command = [python, "-m", f"eval.{net}", str(pack), str(told), str(changes)]
        threads = {"OMP_NUM_THREADS": str(cores)} if cores else {}
        subprocess.run(command, check=True, env={**os.environ, **threads, "PYTHONPATH": str(Path.cwd())})
    print(f"written: {embedding_model.reader_name(changes)}")


if __name__ == "__main__":
    for one in sys.argv[1:]:
        if one == "claims":
            teach_claims()
        elif one in get_args(Side):
            _teach("reading_net", lessons(cast(Side, one)), CHANGES[cast(Side, one)])
            print(f"now python -m eval.fit_rails {one}")
        else:
            sys.exit(__doc__)
