"""Facts read from the stream MEDIA: an asset's history, and news as they come."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
import nats
from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from contracts.codec import decode
from contracts.v1 import AnyFact, Fact
from services.cli.errors import CommandError
from services.runtime.settings import Settings
from services.runtime.trace import SERVICE

STREAM = "MEDIA"


class Event(msgspec.Struct, frozen=True):
    """A fact, when the log took it, and which service said so; ``pending`` more have already happened."""

    at: datetime
    fact: AnyFact
    service: str
    pending: int


@contextlib.asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Client]:
    """Open a connection to NATS.

    Raises: CommandError: it does not answer.
    """
    password = settings.nats_password.get_secret_value() if settings.nats_password else None
    try:
        connection = await nats.connect(
            settings.nats_url,
            user=settings.nats_user,
            password=password,
            name="headrace-cli",
            error_cb=_ignore,
            connect_timeout=3,
            max_reconnect_attempts=1,
            reconnect_time_wait=0.2,
        )
    except (errors.Error, OSError) as error:
        raise CommandError(f"NATS does not answer at {settings.nats_url}; see `headrace status`.") from error
    # Once it was there it is waited for: a restart of the server ends no `watch`.
    connection.options["max_reconnect_attempts"] = -1
    try:
        yield connection
    finally:
        await connection.close()


async def follow(connection: Client, asset_id: str | None, policy: DeliverPolicy) -> AsyncIterator[Event]:
    """Yield the facts of one asset, or of all, for ever; ``policy`` says from where."""
    subscription = await _subscribed(connection.jetstream(), asset_id, policy)
    while True:
        if (event := _event(await subscription.next_msg(timeout=None))) is not None:
            yield event


async def history(connection: Client, asset_id: str) -> list[Event]:
    """Return what happened to an asset so far, in order."""
    subscription = await _subscribed(connection.jetstream(), asset_id, DeliverPolicy.ALL)
    consumer = await subscription.consumer_info()
    # What was delivered before we asked is no longer pending.
    remaining = (consumer.num_pending or 0) + (consumer.delivered.consumer_seq if consumer.delivered else 0)
    events = []
    while remaining:
        message = await subscription.next_msg(timeout=5)
        remaining = message.metadata.num_pending
        if (event := _event(message)) is not None:
            events.append(event)
    return events


async def _subscribed(
    js: JetStreamContext, asset_id: str | None, policy: DeliverPolicy
) -> JetStreamContext.PushSubscription:
    if asset_id is not None and not asset_id.isalnum():
        raise CommandError(f"{asset_id!r} is no asset id; `headrace ls` shows them.")
    subject = f"media.v1.*.*.{asset_id}.>" if asset_id else "media.v1.>"
    try:
        return await js.subscribe(
            subject, stream=STREAM, ordered_consumer=True, config=ConsumerConfig(deliver_policy=policy)
        )
    except NotFoundError as error:
        raise CommandError("NATS has no stream MEDIA; apply the topology: python -m infra.nats.topology") from error


def _event(message: Msg) -> Event | None:
    try:
        fact = decode(message.data)
    except msgspec.DecodeError:
        return None
    if not isinstance(fact, Fact):
        return None
    metadata = message.metadata
    return Event(metadata.timestamp, fact, (message.headers or {}).get(SERVICE, "-"), metadata.num_pending)


async def _ignore(_: Exception) -> None:
    """Leave connection errors to the calls that they fail."""
