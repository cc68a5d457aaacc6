"""Prometheus metrics of one process, in a registry of their own."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "wenda_requests_total", "HTTP requests.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "wenda_request_seconds",
            "Time to the first byte of the answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.open_requests = Gauge("wenda_open_requests", "Requests being answered now.", registry=self.registry)
        self._turns = Counter(
            "wenda_turns_total", "Closed turns.", ("status", "reason", "generator"), registry=self.registry
        )
        self._stages = Histogram(
            "wenda_turn_stage_seconds", "Stages of a turn.", ("stage",), buckets=_SECONDS, registry=self.registry
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def turn(self, status: str, reason: str, generator: str, timings: Mapping[str, float]) -> None:
        """timings: milliseconds by stage."""
        self._turns.labels(status, reason, generator).inc()
        for stage, milliseconds in timings.items():
            self._stages.labels(stage).observe(milliseconds / 1000)

    def render(self) -> bytes:
        return generate_latest(self.registry)
