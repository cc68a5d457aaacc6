"""Faults made on purpose, so that the evaluation can be seen to notice them. Nothing outside `eval` can ask for one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from eval.corpus import SAMPLES
from eval.run import log_in

# binding: a sentence cites any passage. stale: an outdated edition is approved as if it were in force.
BROKEN = ("binding", "stale")
_OUTDATED = SAMPLES / "products" / "wenying-r2-2025.docx"
_TITLE = "稳盈固收90天持有期理财产品说明书"
_SINCE = "2026-08-01"
_WAIT_S = 60.0


async def approve_outdated(url: str, file: Path = _OUTDATED, title: str = _TITLE) -> None:
    """Upload last year's edition as the document's newest version and approve it. Raises httpx.HTTPError."""
    content = await asyncio.to_thread(file.read_bytes)
    async with httpx.AsyncClient(base_url=url, timeout=_WAIT_S) as editor:
        await log_in(editor, user="editor")
        listed = (await editor.get("/v1/documents", params={"query": title})).raise_for_status().json()["documents"]
        document_id = next(row["document_id"] for row in listed if row["title"] == title)
        sent = await editor.post(
            "/v1/documents",
            files={"file": (file.name, content)},
            data={
                "kind": "product",
                "title": title,
                "risk_level": "R2",
                "valid_from": _SINCE,
                "document_id": document_id,
            },
        )
        job = sent.raise_for_status().json()
        # The stream of the job's events ends with the job.
        (await editor.get(f"/v1/jobs/{job['job_id']}/events")).raise_for_status()
        version = f"/v1/documents/{document_id}/versions/{job['version']}"
        (await editor.post(f"{version}/submit", json={"comment": "旧版"})).raise_for_status()
        await log_in(editor, user="approver")
        (await editor.post(f"{version}/approve", json={"comment": "旧版"})).raise_for_status()
