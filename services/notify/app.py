"""The ``notify`` process: consumes every fact and alert, produces HTTP requests to webhooks, and alerts."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from nats.aio.client import Client

from services.notify.enqueuer import fill, repeat
from services.notify.lanes import Lanes
from services.notify.sender import Sender
from services.notify.settings import NotifySettings
from services.notify.silence import watch_services
from services.notify.trouble import watch_letters, watch_recoveries
from services.runtime.alerts import Alerts
from services.runtime.egress import Egress
from services.runtime.service import Service, run

_COMMAND_TIMEOUT_S = 30
# An attempt is over long before its lease, even where the process is slow.
_LEASE_PER_TIMEOUT = 2


def build(settings: NotifySettings) -> Service:
    """Wire the service."""
    service = Service("notify", settings)

    def alerts(nats: Client) -> Alerts:
        return Alerts(nats.jetstream(), settings.alert_cooldown_s)

    async def queue(nats: Client) -> None:
        # Who stands by waits for as long as the other lives.
        async with _connected(settings, command_timeout_s=None) as connection:
            await fill(nats.jetstream(), connection)

    async def queue_again(nats: Client) -> None:
        async with _connected(settings, command_timeout_s=_COMMAND_TIMEOUT_S) as connection:
            await repeat(nats.jetstream(), connection, settings.webhook_poll_s)

    async def send(nats: Client) -> None:
        async with (
            asyncpg.create_pool(
                settings.database_url.get_secret_value(), min_size=0, max_size=4, command_timeout=_COMMAND_TIMEOUT_S
            ) as pool,
            Egress.connect("webhook", allow_private=settings.webhook_allow_private) as egress,
        ):
            lease_s = settings.webhook_timeout_s * _LEASE_PER_TIMEOUT
            lanes = Lanes(
                pool,
                lease_s,
                most_per_endpoint=settings.webhook_senders_per_endpoint,
                most_per_tenant=settings.webhook_senders_per_tenant,
            )
            await Sender(lanes, egress, alerts(nats), settings).send()

    async def letters(nats: Client) -> None:
        await watch_letters(nats.jetstream(), alerts(nats))

    async def recoveries(nats: Client) -> None:
        await watch_recoveries(nats.jetstream(), alerts(nats))

    async def silence(nats: Client) -> None:
        await watch_services(nats, alerts(nats), settings.alert_silent_after_s)

    for work in (queue, queue_again, send, letters, recoveries, silence):
        service.background(work)
    return service


@asynccontextmanager
async def _connected(settings: NotifySettings, command_timeout_s: float | None) -> AsyncIterator[asyncpg.Connection]:
    url = settings.database_url.get_secret_value()
    connection = await asyncpg.connect(url, command_timeout=command_timeout_s)
    try:
        yield connection
    finally:
        with contextlib.suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
            await connection.close(timeout=2)


def main() -> None:
    """Run the service."""
    run(build, NotifySettings)


if __name__ == "__main__":
    main()
