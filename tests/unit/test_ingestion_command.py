"""The command line: every file once, versions in order, approval by another person, a table at the end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.errors import AppError, Forbidden
from app.knowledge.preparing import Metadata, Notice, PreparationFailed, Source
from app.settings import Settings
from ingestion.command import Outcome, ingest, main, progress_bar, table
from ingestion.doors import JobState, KnownVersion, NoToken, ServiceDoor
from ingestion.frames import metadata_to
from ingestion.manifest import find_files


class MemoryDoor:
    """A library that accepts everything but empty files, and fails files that say so while reading them."""

    def __init__(self) -> None:
        self.held: dict[str, list[KnownVersion]] = {}
        self.paths: dict[str, str] = {}
        self.jobs: dict[str, list[JobState]] = {}
        self.published: list[tuple[str, int]] = []
        self.refuse: AppError | None = None

    async def versions(self, path: str) -> list[KnownVersion]:
        return self.held.get(self.paths.get(path, ""), [])

    async def upload(self, source: Source, metadata: Metadata, document_id: str | None) -> str:
        if not source.content:
            raise PreparationFailed("空文件", code="empty_file")
        known = document_id or self.paths.setdefault(source.path, f"d{len(self.paths)}")
        versions = self.held.setdefault(known, [])
        made = KnownVersion(
            known, len(versions) + 1, "draft", hashlib.sha256(source.content).hexdigest(), metadata_to(metadata)
        )
        outcome = "created" if not versions else "new_version"
        if versions and (versions[-1].sha256, versions[-1].said) == (made.sha256, made.said):
            made, outcome = versions[-1], "unchanged"
        elif b"broken" not in source.content:
            versions.append(made)
        running = JobState(f"j{len(self.jobs)}", known, made.version, "running", "encode", 1, 3)
        ended = JobState(running.job_id, known, made.version, "done", "done", 3, 3, outcome, (Notice("n", "请确认"),))
        if b"broken" in source.content:
            ended = JobState(
                running.job_id, known, made.version, "failed", "parse", 0, 1, error=Notice("corrupt", "坏了")
            )
        self.jobs[running.job_id] = [ended, running]
        return running.job_id

    async def job(self, job_id: str) -> JobState:
        states = self.jobs[job_id]
        return states.pop() if len(states) > 1 else states[0]

    async def publish(self, document_id: str, version: int) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.published.append((document_id, version))

    async def close(self) -> None:
        """Nothing is open."""


def folder(root: Path, files: Mapping[str, bytes], entries: list[dict[str, Any]] | None = None) -> Path:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    if entries is not None:
        (root / "manifest.json").write_text(json.dumps(entries))
    return root


def summary(outcomes: list[Outcome]) -> list[tuple[str, str, str]]:
    return [(one.path, one.outcome, one.code) for one in outcomes]


async def test_a_file_that_fails_stops_nobody_else(tmp_path: Path) -> None:
    found = find_files(folder(tmp_path, {"a.md": b"a", "b.md": b"", "c.md": b"broken", "d.md": b"d"}))
    outcomes = await ingest(MemoryDoor(), found, approve=False)
    assert summary(outcomes) == [
        ("a.md", "created", ""),
        ("b.md", "failed", "empty_file"),
        ("c.md", "failed", "corrupt"),
        ("d.md", "created", ""),
    ]
    assert (outcomes[0].passages, outcomes[0].warnings) == (3, ("请确认",))


async def test_again_is_unchanged_and_new_bytes_are_a_new_version(tmp_path: Path) -> None:
    door = MemoryDoor()
    folder(tmp_path, {"a.md": b"a", "b.md": b"b"})
    await ingest(door, find_files(tmp_path), approve=False)
    folder(tmp_path, {"b.md": b"b2"})
    again = await ingest(door, find_files(tmp_path), approve=False)
    assert summary(again) == [("a.md", "unchanged", ""), ("b.md", "new_version", "")]


async def test_files_of_one_document_become_its_versions_once(tmp_path: Path) -> None:
    door = MemoryDoor()
    entries = [
        {"path": "2026.md", "document_id": "x", "valid_from": "2026-07-01"},
        {"path": "2025.md", "document_id": "x", "valid_from": "2025-07-01"},
    ]
    folder(tmp_path, {"2025.md": b"old", "2026.md": b"new"}, entries)
    first = await ingest(door, find_files(tmp_path), approve=True)
    again = await ingest(door, find_files(tmp_path), approve=True)
    assert summary(first) == [("2025.md", "created", ""), ("2026.md", "new_version", "")]
    assert summary(again) == [("2025.md", "unchanged", ""), ("2026.md", "unchanged", "")]
    ((document_id, versions),) = door.held.items()
    assert [version.said["valid_from"] for version in versions] == ["2025-07-01", "2026-07-01"]
    assert door.published[:2] == [(document_id, 1), (document_id, 2)]


async def test_drafts_are_published_only_when_asked(tmp_path: Path) -> None:
    door = MemoryDoor()
    found = find_files(folder(tmp_path, {"a.md": b"a"}))
    await ingest(door, found, approve=False)
    assert door.published == []
    await ingest(door, found, approve=True)
    assert door.published == [("d0", 1)]


async def test_a_refused_approval_is_a_failure_with_its_code(tmp_path: Path) -> None:
    door = MemoryDoor()
    door.refuse = Forbidden()
    outcomes = await ingest(door, find_files(folder(tmp_path, {"a.md": b"a"})), approve=True)
    assert summary(outcomes) == [("a.md", "failed", "forbidden")]


def test_the_table_is_aligned_for_wide_letters_and_counts() -> None:
    lines = table(
        [Outcome("产品/甲.md", "created", 12), Outcome("b.md", "failed", code="corrupt", title="坏了")]
    ).split("\n")
    assert lines[1].startswith("产品/甲.md  新建  12")
    assert lines[2].startswith("b.md        失败        corrupt：坏了")
    assert lines[-1] == "共 2 份：新建 1，失败 1"


def test_a_path_that_is_not_there_exits_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "gone")]) == 1
    assert "没有找到" in capsys.readouterr().err


def service(answers: Mapping[str, tuple[int, Any]], seen: list[httpx.Request]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        status, body = answers.get(f"{request.method} {request.url.path}", (404, {"code": "not_found", "title": "无"}))
        return httpx.Response(status, json=body)

    return httpx.MockTransport(answer)


async def test_a_service_is_used_with_the_demo_users_and_the_approver_approves() -> None:
    seen: list[httpx.Request] = []
    answers: dict[str, tuple[int, Any]] = {
        "GET /healthz": (200, {}),
        "POST /v1/auth/token": (200, {"access_token": "t"}),
        "POST /v1/documents": (202, {"document_id": "d", "version": 1, "job_id": "j"}),
        "GET /v1/documents/d": (200, {"document_id": "d", "versions": [{"version": 1, "status": "draft"}]}),
        "POST /v1/documents/d/versions/1/submit": (200, {}),
        "POST /v1/documents/d/versions/1/approve": (200, {}),
    }
    door = await ServiceDoor.knock(Settings(), service(answers, seen))
    assert door is not None
    assert await door.upload(Source("目录/a.md", b"text"), Metadata(kind="faq"), None) == "j"
    await door.publish("d", 1)
    await door.close()
    assert [b"username=editor" in one.content for one in seen if one.url.path == "/v1/auth/token"] == [True, False]
    (upload,) = [one for one in seen if one.url.path == "/v1/documents"]
    assert "目录/a.md".encode() in upload.content
    assert [one.url.path.rsplit("/", 1)[-1] for one in seen[-2:]] == ["submit", "approve"]


async def test_problems_of_the_service_keep_their_code() -> None:
    answers: dict[str, tuple[int, Any]] = {
        "GET /healthz": (200, {}),
        "POST /v1/documents": (422, {"code": "mislabelled", "title": "名不副实"}),
    }
    door = await ServiceDoor.knock(Settings(token=SecretStr("t")), service(answers, []))
    assert door is not None
    with pytest.raises(AppError) as problem:
        await door.upload(Source("a.pdf", b"x"), Metadata(), None)
    assert (problem.value.code, problem.value.title) == ("mislabelled", "名不副实")
    await door.close()


async def test_without_demo_users_a_token_is_asked_for() -> None:
    with pytest.raises(NoToken):
        await ServiceDoor.knock(Settings(), service({"GET /healthz": (200, {})}, []))


async def test_nobody_at_the_door_is_no_failure() -> None:
    assert await ServiceDoor.knock(Settings(), service({}, [])) is None


def test_where_no_terminal_is_progress_takes_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(200) as bar:
        for _ in range(200):
            bar.set_postfix_str("a.md 解析 0/1", refresh=False)
            bar.update()
    lines = capsys.readouterr().err.splitlines()
    assert 10 <= len(lines) <= 13
    assert "200/200" in lines[-1]
