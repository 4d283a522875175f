"""Health: whether the gateway can do its work."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from nats.aio.client import Client
from nats.errors import Error

from services.gateway.catalog import Catalog
from services.gateway.documents import Health
from services.gateway.principal import PUBLIC
from services.runtime.errors import Transient

_TIMEOUT_S = 2


class HealthController(Controller):
    """Asks the servers behind the gateway."""

    path = "/healthz"
    tags = ("health",)
    opt = PUBLIC

    @get(
        operation_id="get_health",
        responses={503: ResponseSpec(Health, description="One of them does not answer.", generate_examples=False)},
    )
    async def get_health(self, catalog: NamedDependency[Catalog], nats: NamedDependency[Client]) -> Response[Health]:
        """Answer 200 when database and NATS answer."""
        health = Health(
            database="up" if await _database_answers(catalog) else "down",
            nats="up" if await _nats_answers(nats) else "down",
        )
        return Response(health, status_code=200 if health == Health("up", "up") else 503)


async def _database_answers(catalog: Catalog) -> bool:
    try:
        await catalog.check()
    except Transient:
        return False
    return True


async def _nats_answers(nats: Client) -> bool:
    try:
        await nats.flush(_TIMEOUT_S)
    except (Error, OSError):
        return False
    return True
