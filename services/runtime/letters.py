"""What is made of a delivery: its trace, and what is stated of it when it is given up."""

from nats.aio.msg import Msg

from contracts.again import is_again
from contracts.v1 import AssetFailed, DeadLetter, Reason
from services.runtime import trace
from services.runtime.errors import HeadraceError

_TASKS = "TASKS"


def trace_of(raw: Msg, service: str) -> trace.Trace:
    """Return the trace of a delivery that a service begins to work on."""
    cause = f"{raw.metadata.stream}:{raw.metadata.sequence.stream}"
    headers = raw.headers or {}
    return trace.Trace(
        service=service,
        correlation_id=headers.get(trace.CORRELATION, cause),
        cause=cause,
        origin=headers.get(trace.ORIGIN) or raw.metadata.timestamp.isoformat(),
        media_s=float(headers.get(trace.MEDIA_S, 0.0)),
        recovered=raw.metadata.stream == _TASKS and raw.metadata.num_delivered > 1,
        asked_again=raw.metadata.sequence.stream if is_again(raw.subject) else 0,
    )


def dead_letter(
    raw: Msg, service: str, error: HeadraceError, reason: Reason, at_hand: trace.Trace | None
) -> DeadLetter:
    """Return the letter that keeps what a service gave up, and why."""
    return DeadLetter(
        reason=reason,
        service=service,
        code=error.code,
        message=error.message,
        stream=raw.metadata.stream,
        source_subject=raw.subject,
        sequence=raw.metadata.sequence.stream,
        deliveries=raw.metadata.num_delivered,
        payload=raw.data,
        headers=dict(raw.headers or {}),
        asset_id=at_hand.asset_id if at_hand else None,
        durable=raw.metadata.consumer,
        correlation_id=at_hand.correlation_id if at_hand else "",
    )


def failure(at_hand: trace.Trace, asset_id: str, error: HeadraceError) -> AssetFailed:
    """Return the fact that an asset failed with the delivery at hand."""
    return AssetFailed(
        asset_id=asset_id,
        tenant=at_hand.tenant,
        code=error.code,
        message=error.message,
        service=at_hand.service,
        recipe=at_hand.recipe,
        attempt=at_hand.attempt,
    )
