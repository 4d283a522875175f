"""Webhooks: endpoints that are told of events, and what became of each delivery."""

from typing import Annotated, Literal, TypeVar

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from services.gateway.deliveries import Deliveries
from services.gateway.idempotency import SECRET_ANSWER
from services.gateway.principal import Principal, needs
from services.gateway.problems import described
from services.gateway.refusals import Refused
from services.gateway.webhook_documents import (
    LARGEST,
    AttemptList,
    DeliveryList,
    NewSecret,
    RedeliveryRequest,
    RotationRequest,
    WebhookChange,
    WebhookList,
    WebhookRequest,
)
from services.gateway.webhooks import Endpoint, Webhooks

T = TypeVar("T")

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many at most.")]
Before = Annotated[int | None, QueryParameter(ge=1, le=LARGEST, description="Only events before this one.")]
DeliveryState = Literal["pending", "delivered", "failed"]
StateFilter = Annotated[DeliveryState | None, QueryParameter(name="state", description="Only those in this state.")]

_MISSING = {404: described("There is no such endpoint."), 400: described("The request is wrong.")}


class WebhookController(Controller):
    """Keeps endpoints; the service `notify` delivers."""

    path = "/v1/webhooks"
    tags = ("webhooks",)
    guards = (needs("admin"),)

    @post(
        operation_id="create_webhook",
        opt=SECRET_ANSWER,
        responses={
            400: described("The request is wrong."),
            404: described("There is no such tenant."),
            409: described("The tenant has as many webhooks as it may, or the first such request is at work."),
        },
    )
    async def create_webhook(
        self,
        data: JSONBody[WebhookRequest],
        webhooks: NamedDependency[Webhooks],
        principal: NamedDependency[Principal],
    ) -> NewSecret:
        """Make an endpoint, which is told of events from now on. Answer each delivery with 2xx within 15 seconds."""
        return NewSecret(*await webhooks.create(principal, data.url, data.events, data.label))

    @get(operation_id="list_webhooks", responses={400: described("The parameters are wrong.")})
    async def list_webhooks(
        self, webhooks: NamedDependency[Webhooks], principal: NamedDependency[Principal], limit: Limit = 50
    ) -> WebhookList:
        """List endpoints."""
        return WebhookList(await webhooks.newest(principal.tenant, limit))

    @get("/{endpoint_id:str}", operation_id="get_webhook", responses=_MISSING)
    async def get_webhook(
        self,
        endpoint_id: FromPath[str],
        webhooks: NamedDependency[Webhooks],
        principal: NamedDependency[Principal],
    ) -> Endpoint:
        """Return an endpoint."""
        return _found(await webhooks.one(principal.tenant, _id(endpoint_id)))

    @patch("/{endpoint_id:str}", operation_id="change_webhook", responses=_MISSING)
    async def change_webhook(
        self,
        endpoint_id: FromPath[str],
        data: JSONBody[WebhookChange],
        webhooks: NamedDependency[Webhooks],
        principal: NamedDependency[Principal],
    ) -> Endpoint:
        """Change an endpoint, or enable it again: what waited for it is delivered then."""
        place = principal, _id(endpoint_id)
        return _found(await webhooks.change(*place, data.url, data.events, data.label, is_enabled=data.is_enabled))

    @delete("/{endpoint_id:str}", operation_id="delete_webhook", responses=_MISSING)
    async def delete_webhook(
        self,
        endpoint_id: FromPath[str],
        webhooks: NamedDependency[Webhooks],
        principal: NamedDependency[Principal],
    ) -> None:
        """Delete an endpoint with its ledger."""
        _found(await webhooks.delete(principal, _id(endpoint_id)) or None)

    @post("/{endpoint_id:str}/secret", operation_id="rotate_webhook_secret", opt=SECRET_ANSWER, responses=_MISSING)
    async def rotate_webhook_secret(
        self,
        endpoint_id: FromPath[str],
        data: JSONBody[RotationRequest],
        webhooks: NamedDependency[Webhooks],
        principal: NamedDependency[Principal],
    ) -> NewSecret:
        """Give an endpoint a new secret; for a while deliveries carry the signatures of both."""
        rotated = await webhooks.rotate(principal, _id(endpoint_id), data.overlap_s)
        return NewSecret(*_found(rotated))

    @post("/{endpoint_id:str}/redeliveries", operation_id="redeliver", status_code=202, responses=_MISSING)
    async def redeliver(
        self,
        endpoint_id: FromPath[str],
        data: JSONBody[RedeliveryRequest],
        webhooks: NamedDependency[Webhooks],
        principal: NamedDependency[Principal],
    ) -> None:
        """Deliver all events from one on once more, under the ids that they had."""
        _found(await webhooks.redeliver(principal, _id(endpoint_id), data.from_sequence) or None)

    @get("/{endpoint_id:str}/deliveries", operation_id="list_deliveries", responses=_MISSING)
    async def list_deliveries(
        self,
        endpoint_id: FromPath[str],
        *,
        webhooks: NamedDependency[Webhooks],
        deliveries: NamedDependency[Deliveries],
        principal: NamedDependency[Principal],
        before: Before = None,
        state_: StateFilter = None,
        limit: Limit = 50,
    ) -> DeliveryList:
        """List deliveries of the last 30 days."""
        _found(await webhooks.one(principal.tenant, _id(endpoint_id)))
        return DeliveryList(await deliveries.newest(principal.tenant, endpoint_id, before, state_, limit))

    @get("/{endpoint_id:str}/deliveries/{sequence:int}", operation_id="list_attempts", responses=_MISSING)
    async def list_attempts(
        self,
        endpoint_id: FromPath[str],
        sequence: FromPath[int],
        webhooks: NamedDependency[Webhooks],
        deliveries: NamedDependency[Deliveries],
        principal: NamedDependency[Principal],
    ) -> AttemptList:
        """List the attempts to deliver one event."""
        _found(await webhooks.one(principal.tenant, _id(endpoint_id)))
        known = 0 < sequence <= LARGEST
        return AttemptList(await deliveries.attempts(principal.tenant, endpoint_id, sequence) if known else [])


def _id(endpoint_id: str) -> str:
    # What is no word, such as a NUL, PostgreSQL would not even look for.
    return _found(endpoint_id if endpoint_id.replace("_", "").isalnum() else None)


def _found(one: T | None) -> T:
    if one is None:
        raise Refused(404, "webhook_missing", "There is no such webhook; list them to see which there are.")
    return one
