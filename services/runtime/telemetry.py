"""Metrics and traces, each behind its setting: nothing is imported or counted unless asked for."""

from collections.abc import Callable, Sequence
from typing import Any

from services.runtime.settings import Settings

KIND_TOKENS = 4


def middlewares(settings: Settings, service: str) -> list[Any]:
    """Return the broker middlewares that the settings ask for, outermost first."""
    chosen: list[Any] = []
    if settings.metrics:
        chosen.append(_metrics(service))
    if settings.otlp_endpoint is not None:
        chosen.append(_traces(settings.otlp_endpoint, service))
    return chosen


def metrics_route(settings: Settings) -> list[tuple[str, Any]]:
    """Return the ASGI route of ``/metrics``, or none when metrics are off."""
    if not settings.metrics:
        return []
    from prometheus_client import REGISTRY, make_asgi_app

    return [("/metrics", make_asgi_app(REGISTRY))]


def gauge(settings: Settings, name: str, meaning: str) -> Callable[[float], None]:
    """Return what sets a gauge of this process; nothing is set when metrics are off."""
    if not settings.metrics:
        return lambda _: None
    from prometheus_client import Gauge

    return Gauge(name, meaning).set


def histogram(settings: Settings, name: str, told: str, bounds: Sequence[float]) -> Callable[[float], None]:
    """Return what counts values in a histogram, or nothing when metrics are off."""
    if not settings.metrics:
        return lambda _: None
    from prometheus_client import Histogram

    return Histogram(f"headrace_{name}", told, buckets=bounds).observe


def kind_of(subject: str) -> str:
    """Return a subject without what tells assets apart; as a label it must take few values."""
    return ".".join(subject.split(".")[:KIND_TOKENS])


def _metrics(service: str) -> Any:
    from faststream.nats.prometheus.provider import NatsMetricsSettingsProvider
    from faststream.prometheus import ConsumeAttrs, PrometheusMiddleware
    from prometheus_client import REGISTRY

    class ByKind(NatsMetricsSettingsProvider):
        def get_consume_attrs_from_message(self, msg: Any) -> ConsumeAttrs:
            attributes = super().get_consume_attrs_from_message(msg)
            return {**attributes, "destination_name": kind_of(attributes["destination_name"])}

    return PrometheusMiddleware(
        settings_provider_factory=lambda _: ByKind(),
        registry=REGISTRY,
        app_name=service,
        metrics_prefix="headrace",
    )


def _traces(endpoint: str, service: str) -> Any:
    from faststream.nats.opentelemetry.provider import NatsTelemetrySettingsProvider
    from faststream.opentelemetry import TelemetryMiddleware

    class ByKind(NatsTelemetrySettingsProvider):
        def get_consume_destination_name(self, msg: Any) -> str:
            return kind_of(super().get_consume_destination_name(msg))

    return TelemetryMiddleware(
        settings_provider_factory=lambda _: ByKind(), tracer_provider=_tracer_provider(endpoint, service)
    )


def _tracer_provider(endpoint: str, service: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"headrace-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider
