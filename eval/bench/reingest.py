"""What a new version costs that changes one passage in a hundred, against the first ingestion of the same document.

`python -m eval.bench.reingest [--passages N]`. The service's own library: upload to a draft that can be approved, with
the packaged embeddings, Qdrant Edge and SQLite. Both runs find their processes started.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from app.composition import open_library
from app.knowledge.library import Library
from app.knowledge.preparing import Metadata, Source
from app.settings import Settings
from eval.bench.report import Ratio, conclude, print_table

GATE = 25.0  # re-ingesting costs at most 4 %
CHANGED = 0.01
_TENANT = "bench"
_WHO = ("客户", "经办网点", "理财经理", "授权代理人", "本行总行", "托管机构")
_WHAT = ("提交书面申请", "核对有效身份证件", "签署风险揭示书", "办理账户变更", "支付约定费用", "保存交易凭证")
_WHEN = ("在受理当日", "于三个工作日内", "在产品到期前", "于每季度末", "在争议发生后", "于变更生效前")
_HOW = (
    "逾期视为放弃相应权利",
    "并由双人复核留痕",
    "所需资料以公示清单为准",
    "相关费用按标准收取",
    "不得委托他人代为确认",
)


def clauses(count: int, seed: int = 3) -> list[str]:
    """Clauses of about 250 characters, no two alike."""
    draw = random.Random(seed)
    return [f"第{number}条 {_sentences(draw, number)}" for number in range(1, count + 1)]


def _sentences(draw: random.Random, number: int) -> str:
    return "".join(
        f"{draw.choice(_WHO)}应当{draw.choice(_WHEN)}{draw.choice(_WHAT)}，"
        f"金额以{draw.randrange(1, 900)}.{number % 100:02}元为限，{draw.choice(_HOW)}。"
        for _ in range(6)
    )


def document(parts: Sequence[str]) -> bytes:
    return ("# 个人业务操作规程\n\n" + "\n\n".join(parts) + "\n").encode()


async def ingest(library: Library, path: str, content: bytes) -> tuple[float, int]:
    """Seconds from the upload to the end of its job, and the passages it made."""
    started = time.perf_counter()
    accepted = await library.upload(_TENANT, "editor", Source(path, content), Metadata(kind="regulation"))
    job = await library.wait(_TENANT, accepted.job_id)
    if job.status != "done":
        raise RuntimeError(f"not ingested: {job.error}")
    return time.perf_counter() - started, job.total


async def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.reingest", description=__doc__)
    parser.add_argument("--passages", type=int, default=1000)
    count = parser.parse_args(arguments).passages
    parts = clauses(count)
    changed = list(parts)
    step = round(1 / CHANGED)
    for at in range(step // 2, count, step):
        changed[at] = parts[at].replace("应当", "可以", 1)
    with tempfile.TemporaryDirectory(prefix="wenda-bench-") as folder:
        async with open_library(Settings(_env_file=None, data_dir=Path(folder))) as library:
            await ingest(library, "warm-up.md", document(clauses(3, seed=9)))
            full, passages = await ingest(library, "rules.md", document(parts))
            again, same = await ingest(library, "rules.md", document(changed))
    if passages < count or same != passages:
        raise RuntimeError(f"{passages} and {same} passages of {count} clauses")
    print_table(
        f"ingesting {passages} passages, upload to draft",
        ("", "s", "passages/s"),
        [("the whole document", full, passages / full), ("1 % changed", again, passages / again)],
    )
    return conclude([Ratio("a version with 1 % changed", again, full, "s", GATE)])


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
