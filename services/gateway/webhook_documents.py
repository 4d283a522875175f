"""What people may ask of webhooks, and what they are answered."""

from typing import Annotated

from msgspec import Meta, Struct, field

from services.gateway.deliveries import Attempt, Delivery
from services.gateway.webhooks import Endpoint
from services.runtime.events import FILTER_PATTERN

_DAY_S = 86_400

Url = Annotated[
    str,
    Meta(
        pattern=r"^https?://[^\s\x00-\x1f/@]+(/[^\s\x00-\x1f]*)?$(?!\n)",
        max_length=2000,
        description="Without credentials.",
        examples=["https://app.example/headrace"],
    ),
]
Events = Annotated[
    list[Annotated[str, Meta(pattern=FILTER_PATTERN, max_length=100)]],
    Meta(min_length=1, max_length=50, description="`asset.ready`, `asset.*`, or `*` for everything."),
]
Label = Annotated[str, Meta(pattern=r"^[^\x00-\x1f]*$", max_length=100, description="A name by which people know it.")]
LARGEST = 2**53 - 1
"""What every reader of JSON tells exactly."""

Sequence = Annotated[int, Meta(ge=1, le=LARGEST, examples=[1])]


class WebhookRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Where to deliver, and what."""

    url: Url
    events: Events = field(default_factory=lambda: ["*"])
    label: Label = ""


class WebhookChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What shall be different; null leaves it as it is."""

    url: Url | None = None
    events: Events | None = None
    label: Label | None = None
    is_enabled: bool | None = None


class NewSecret(Struct, frozen=True):
    """An endpoint and its new secret, which is shown this once; signatures are those of Standard Webhooks."""

    webhook: Endpoint
    secret: str


class RotationRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """How long the old secret signs beside the new one."""

    overlap_s: Annotated[int, Meta(ge=0, le=30 * _DAY_S)] = _DAY_S


class RedeliveryRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The first event to deliver once more; all that follow come too, as far as the endpoint wants them."""

    from_sequence: Sequence


class WebhookList(Struct, frozen=True):
    """Endpoints, newest first."""

    webhooks: list[Endpoint]


class DeliveryList(Struct, frozen=True):
    """Deliveries, the latest events first; the last one's `sequence` as `before` leads to older ones."""

    deliveries: list[Delivery]


class AttemptList(Struct, frozen=True):
    """The attempts to deliver one event, in order."""

    attempts: list[Attempt]
