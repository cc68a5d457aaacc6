"""Prometheus metrics of one process, in a registry of their own.

No value of a label is anybody's text: each looks like a code, and one label takes so many different values and no more.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
# What rule ids, reasons, stages and states look like; a sentence does not.
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}|")
OTHER = "other"
# Wenda has about a hundred rules; far more values than that are a mistake that would fill a Prometheus server.
MOST_VALUES = 400


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._seen: dict[str, set[str]] = {}
        self._requests = self._counter("wenda_requests_total", "HTTP requests.", "method", "route", "status")
        self._seconds = self._histogram("wenda_request_seconds", "Time to the first byte of the answer.", "route")
        self.open_requests = self._gauge("wenda_open_requests", "Requests being answered now.")
        self._turns = self._counter("wenda_turns_total", "Closed turns.", "status", "reason", "generator")
        self._stages = self._histogram("wenda_turn_stage_seconds", "Stages of a turn.", "stage")
        self._first = self._histogram("wenda_first_sentence_seconds", "To the first sentence shown.", "generator")
        self._tokens = self._counter("wenda_model_tokens_total", "Tokens as the model server counts them.", "kind")
        self._failures = self._counter("wenda_model_failures_total", "Answers the model did not finish.", "code")
        self._rails = self._counter("wenda_rails_total", "Verdicts other than allow.", "rule_id", "action", "side")
        self._handoffs = self._counter("wenda_handoffs_total", "Persons asked for.", "reason")
        self._queue = self._gauge("wenda_queue_length", "Tickets waiting for an agent.", "priority")
        self._oldest = self._gauge("wenda_queue_oldest_seconds", "How long the first of them has waited.", "priority")
        self._jobs = self._gauge("wenda_ingestion_jobs", "Files on their way into the knowledge.", "status")
        self._parts = self._gauge("wenda_part_ready", "1 while a part answers, as /readyz says.", "part")
        self._free = self._gauge("wenda_data_free_bytes", "Free on the disk of the data folder.")
        self._size = self._gauge("wenda_data_size_bytes", "Size of the disk of the data folder.")

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """route: the path's template as written in the code; an unknown path is `other`."""
        self._requests.labels(method if method in _METHODS else OTHER, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def turn(
        self,
        status: str,
        reason: str,
        generator: str,
        timings: Mapping[str, float],
        *,
        verdicts: Sequence[Mapping[str, Any]] = (),
        failures: Sequence[str] = (),
    ) -> None:
        """timings: milliseconds by stage. verdicts: side, action, reason and rule_ids of what the rails decided.
        failures: codes of generators that gave up."""
        status, reason = self._code("status", status), self._code("reason", reason)
        generator = self._code("generator", generator)
        self._turns.labels(status, reason, generator).inc()
        for stage, milliseconds in timings.items():
            self._stages.labels(self._code("stage", stage)).observe(milliseconds / 1000)
        if "first_sentence" in timings:
            self._first.labels(generator).observe(timings["first_sentence"] / 1000)
        for verdict in verdicts:
            if verdict["action"] != "allow":
                for rule_id in verdict["rule_ids"] or [verdict["reason"]]:
                    values = (self._code("rule", rule_id), self._code("action", verdict["action"]))
                    self._rails.labels(*values, self._code("side", verdict["side"])).inc()
        for code in failures:
            self._failures.labels(self._code("failure", code)).inc()
        if status == "handed_off":
            self.handoff(reason)

    def handoff(self, reason: str) -> None:
        self._handoffs.labels(self._code("reason", reason)).inc()

    def tokens(self, prompt: int, completion: int) -> None:
        self._tokens.labels("prompt").inc(prompt)
        self._tokens.labels("completion").inc(completion)

    def work_waiting(self, queue: Mapping[str, tuple[int, float]], jobs: Mapping[str, int]) -> None:
        """queue: (tickets, seconds the oldest has waited) by priority, of all tenants. jobs: by status."""
        for priority in ("P0", "P1", "P2"):
            length, oldest = queue.get(priority, (0, 0.0))
            self._queue.labels(priority).set(length)
            self._oldest.labels(priority).set(oldest)
        for status in ("queued", "running"):
            self._jobs.labels(status).set(jobs.get(status, 0))

    def parts(self, ready: Mapping[str, bool]) -> None:
        for part, up in ready.items():
            self._parts.labels(part).set(up)

    def disk(self, folder: Path) -> None:
        usage = shutil.disk_usage(folder)
        self._free.set(usage.free)
        self._size.set(usage.total)

    def render(self) -> bytes:
        return generate_latest(self.registry)

    def _code(self, label: str, value: str) -> str:
        """The value itself, or `other` when it is no code or one too many."""
        seen = self._seen.setdefault(label, set())
        if value in seen:
            return value
        if not _CODE.fullmatch(value) or len(seen) >= MOST_VALUES:
            return OTHER
        seen.add(value)
        return value

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, labels, registry=self.registry)

    def _histogram(self, name: str, what: str, *labels: str) -> Histogram:
        return Histogram(name, what, labels, buckets=_SECONDS, registry=self.registry)
