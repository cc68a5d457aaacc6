"""Child processes: one that dies or hangs fails its own file and nothing else."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import orjson
import pytest

from app.knowledge.preparing import Metadata
from ingestion.frames import Frame, metadata_from, metadata_to
from ingestion.reader import packed
from ingestion.splitting import Piece
from ingestion.worker import Worker, WorkerEnded

READER = ["2147483648", "60", "5"]


def request(path: str, content: bytes) -> Frame:
    return Frame({"path": path, "metadata": metadata_to(Metadata())}, content)


def texts(answer: Frame) -> list[str]:
    return [orjson.loads(line)["text"] for line in answer.body.splitlines()]


def is_alive(pid: int | None) -> bool:
    return Path(f"/proc/{pid}").exists()


def wait_until_gone(pid: int | None) -> None:
    while is_alive(pid):
        time.sleep(0.02)


def environment(pid: int | None) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_a_file_is_read_in_another_process_at_low_priority() -> None:
    worker = Worker("ingestion.reader", READER, shielded=True)
    answer = await worker.ask(request("a.md", "# 题\n\n正文。".encode()), 60)
    assert worker.pid is not None
    assert worker.pid != os.getpid()
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) == os.getpriority(os.PRIO_PROCESS, 0) + 5
    assert texts(answer) == ["正文。"]
    assert metadata_from(answer.head["metadata"]).title == "题"
    await worker.close()


async def test_the_reader_sees_nothing_of_our_environment_but_the_way_to_run() -> None:
    assert "PYTEST_CURRENT_TEST" in os.environ
    worker = Worker("ingestion.reader", READER, shielded=True)
    await worker.ask(request("a.md", b"text"), 60)
    assert b"PYTEST_CURRENT_TEST" not in environment(worker.pid)
    await worker.close()


async def test_a_killed_process_is_replaced_for_the_next_file() -> None:
    worker = Worker("ingestion.reader", READER, shielded=True)
    await worker.ask(request("a.md", b"text"), 60)
    first = worker.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    asking = asyncio.create_task(worker.ask(request("a.md", b"text"), 60))
    await asyncio.sleep(0.05)
    os.kill(first, signal.SIGKILL)
    with pytest.raises(WorkerEnded) as ended:
        await asking
    assert ended.value.signal == signal.SIGKILL
    assert texts(await worker.ask(request("a.md", b"text"), 60))
    assert worker.pid != first
    await worker.close()


async def test_a_process_that_hangs_is_ended_in_time_and_replaced() -> None:
    worker = Worker("ingestion.reader", READER, shielded=True)
    await worker.ask(request("a.md", b"text"), 60)
    first = worker.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        await worker.ask(request("a.md", b"text"), 0.2)
    assert not is_alive(first)
    assert texts(await worker.ask(request("a.md", b"text"), 60))
    await worker.close()


async def test_an_answer_never_reaches_a_question_that_was_given_up() -> None:
    worker = Worker("ingestion.reader", READER, shielded=True)
    await worker.ask(request("a.md", b"text"), 60)
    asking = asyncio.create_task(worker.ask(request("old.md", "旧的问题。".encode()), 60))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    answer = await worker.ask(request("new.md", "新的问题。".encode()), 60)
    assert texts(answer) == ["新的问题。"]
    await worker.close()


async def test_the_processor_limit_ends_an_endless_file() -> None:
    worker = Worker("ingestion.reader", ["2147483648", "1", "0"], shielded=True)
    endless = "<div>" * 200 + "".join(f"<p class='a{n} b'>词</p>" for n in range(20000))
    style = "<style>" + "".join(f".a{n} .b .c .d {{ color: red }}" for n in range(20000)) + "</style>"
    with pytest.raises(WorkerEnded) as ended:
        await worker.ask(request("a.html", (style + endless).encode()), 100)
    assert ended.value.signal == signal.SIGXCPU
    await worker.close()


async def test_memory_beyond_the_limit_fails_the_file_only() -> None:
    worker = Worker("ingestion.reader", [str(400 * 1024 * 1024), "60", "0"], shielded=True)
    try:
        code = (await worker.ask(request("a.txt", "一行字\n".encode() * 4_000_000), 60)).head.get("code")
    except WorkerEnded:
        code = "too_large"
    assert code == "too_large"
    assert texts(await worker.ask(request("a.md", b"text"), 60))
    await worker.close()


async def test_an_answer_in_parts_is_joined_and_one_that_fails_on_the_way_has_failed() -> None:
    worker = Worker("tests.fixtures.answers_in_parts", shielded=False)
    whole = Frame({"how": "whole"})
    assert await worker.ask(whole, 60) == Frame({"pages": 3}, b"[1,2]")
    assert (await worker.ask(Frame({"how": "failing"}), 60)).head == {"code": "too_large"}
    taken: list[bytes] = []
    assert await worker.ask(whole, 60, taken.append) == Frame({"pages": 3}, b"]")
    assert taken == [b"[1", b",2"]
    await worker.close()


async def test_an_answer_without_end_ends_the_process_and_not_us() -> None:
    worker = Worker("tests.fixtures.answers_in_parts", shielded=False, longest=100_000)
    with pytest.raises(WorkerEnded) as ended:
        await worker.ask(Frame({"how": "endless"}), 60)
    assert ended.value.signal == signal.SIGKILL
    assert (await worker.ask(Frame({"how": "whole"}), 60)).body == b"[1,2]"
    await worker.close()


async def test_a_long_document_comes_whole_whatever_its_parts() -> None:
    worker = Worker("ingestion.reader", READER, shielded=True)
    lines = [f"第{number}句，" + "说明" * 100 + "。" for number in range(1000)]
    answer = await worker.ask(request("a.md", "\n\n".join(lines).encode()), 60)
    assert len(answer.body) > 400_000
    assert "\n".join(texts(answer)).split("\n") == lines
    await worker.close()


def test_what_is_written_of_a_text_does_not_stay_with_it() -> None:
    text = "".join(["年费", "每年", "一百元。"])
    size = sys.getsizeof(text)
    assert orjson.loads(b"".join(packed([Piece(text, "费用", 3)])))["text"] == text
    assert sys.getsizeof(text) == size


async def test_closing_ends_the_process() -> None:
    worker = Worker("ingestion.reader", READER, shielded=True)
    await worker.ask(request("a.md", b"text"), 60)
    pid = worker.pid
    await worker.close()
    assert not is_alive(pid)
    await worker.close()


async def test_a_process_that_nobody_needs_is_ended_and_started_again() -> None:
    worker = Worker("ingestion.reader", READER, shielded=True, idle_s=0.05)
    await worker.ask(request("a.md", b"text"), 60)
    pid = worker.pid
    await asyncio.to_thread(wait_until_gone, pid)
    assert texts(await worker.ask(request("a.md", b"text"), 60))
    assert worker.pid != pid
    await worker.close()
