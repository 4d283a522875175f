"""Metrics and traces, each behind its setting: nothing is imported or counted unless asked for."""

from typing import Any

from services.runtime.settings import Settings


def middlewares(settings: Settings, service: str) -> list[Any]:
    """Return the broker middlewares that the settings ask for, outermost first."""
    chosen: list[Any] = []
    if settings.metrics:
        from faststream.nats.prometheus import NatsPrometheusMiddleware
        from prometheus_client import REGISTRY

        chosen.append(NatsPrometheusMiddleware(registry=REGISTRY, app_name=service, metrics_prefix="headrace"))
    if settings.otlp_endpoint is not None:
        from faststream.nats.opentelemetry import NatsTelemetryMiddleware

        chosen.append(NatsTelemetryMiddleware(tracer_provider=_tracer_provider(settings.otlp_endpoint, service)))
    return chosen


def metrics_route(settings: Settings) -> list[tuple[str, Any]]:
    """Return the ASGI route of ``/metrics``, or none when metrics are off."""
    if not settings.metrics:
        return []
    from prometheus_client import REGISTRY, make_asgi_app

    return [("/metrics", make_asgi_app(REGISTRY))]


def _tracer_provider(endpoint: str, service: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"headrace-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider
