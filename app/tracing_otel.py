"""Traces by OpenTelemetry, sent in batches by a thread of its own to the configured endpoint and nowhere else.

Imported only when an endpoint is set. A customer's headers neither start nor join a trace. What the standard
OTEL_EXPORTER_OTLP_HEADERS says (a token, say) goes along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import requests
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.settings import TracingSettings
from app.tracing import Fact, Stage

_EXPORT_S = 5.0
_LONGEST = 4000


class OtelTracing:
    """processor: what gets the ended spans; by default a batch exporter to the settings' endpoint."""

    def __init__(self, settings: TracingSettings, processor: SpanProcessor | None = None) -> None:
        self._content = settings.content
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(settings.sample)),
            resource=Resource({"service.name": "wenda"}),
            span_limits=SpanLimits(max_span_attribute_length=_LONGEST),
        )
        self._provider.add_span_processor(processor or BatchSpanProcessor(_exporter(settings.endpoint)))
        self._tracer = self._provider.get_tracer("wenda")
        self._propagator = TraceContextTextMapPropagator()

    def stage(self, name: str, **facts: Fact) -> AbstractContextManager[Stage]:
        return self._stage(name, facts)

    @contextmanager
    def _stage(self, name: str, facts: Mapping[str, Fact]) -> Iterator[Stage]:
        with self._tracer.start_as_current_span(
            name,
            attributes={f"wenda.{key}": value for key, value in facts.items()},
            # Their messages may quote what somebody wrote.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield _OtelStage(span, self._content)
            except BaseException as failure:
                span.set_status(Status(StatusCode.ERROR, type(failure).__name__))
                raise

    def headers(self) -> Mapping[str, str]:
        carrier: dict[str, str] = {}
        if trace.get_current_span().get_span_context().is_valid:
            self._propagator.inject(carrier)
        return carrier

    def close(self) -> None:
        """Send what is left. Blocks for as long as the endpoint takes, seconds at most."""
        self._provider.shutdown()


class _OtelStage:
    def __init__(self, span: Span, content: bool) -> None:
        self._span, self._content = span, content

    def note(self, **facts: Fact) -> None:
        for key, value in facts.items():
            self._span.set_attribute(f"wenda.{key}", value)

    def words(self, **texts: str) -> None:
        if self._content:
            self.note(**texts)


def _exporter(endpoint: str) -> OTLPSpanExporter:
    session = requests.Session()
    session.trust_env = False  # no proxy, no .netrc, no redirect: traces go to the endpoint
    session.max_redirects = 0
    return OTLPSpanExporter(endpoint=endpoint, timeout=_EXPORT_S, session=session)
