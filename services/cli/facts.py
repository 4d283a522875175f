"""Facts read from the stream MEDIA: an asset's history, and news as they come."""

import contextlib
from collections.abc import AsyncIterator, Iterator
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
    noted: list[Exception] = []

    async def note(error: Exception) -> None:
        noted.append(error)

    try:
        connection = await nats.connect(
            settings.nats_url,
            user=settings.nats_user,
            password=password,
            name="headrace-cli",
            error_cb=note,
            connect_timeout=3,
            max_reconnect_attempts=1,
            reconnect_time_wait=0.2,
        )
    except (errors.Error, OSError) as error:
        # The refusal may be followed by the end of the connection, or come as the last word itself.
        if any("authorization" in str(told).lower() for told in (*noted, error)):
            reason = "refuses these credentials; check HEADRACE_NATS_USER and HEADRACE_NATS_PASSWORD"
            raise CommandError(f"NATS at {settings.nats_url} {reason}.") from error
        raise CommandError(f"NATS does not answer at {settings.nats_url}; see `headrace status`.") from error
    # Once it was there it is waited for: a restart of the server ends no `watch`.
    connection.options["max_reconnect_attempts"] = -1
    try:
        yield connection
    finally:
        await connection.close()


async def follow(connection: Client, asset_id: str | None, *, only_new: bool = False) -> AsyncIterator[Event]:
    """Yield the facts of one asset, or of all, from the first one or from now on, for ever."""
    js = connection.jetstream()
    after = await _end(js) if only_new else 0
    subscription = await _subscribed(js, asset_id, after)
    while True:
        message = await subscription.next_msg(timeout=None)
        # The client starts over from the first message when it loses the server before it got one.
        if (sequence := message.metadata.sequence.stream) > after:
            after = sequence
            if (event := _event(message)) is not None:
                yield event


async def history(connection: Client, asset_id: str) -> list[Event]:
    """Return what happened to an asset so far, in order."""
    subscription = await _subscribed(connection.jetstream(), asset_id, 0)
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


async def is_known(connection: Client, asset_id: str) -> bool:
    """Tell whether anything was said of an asset."""
    with _missing_stream():
        # Subjects of one asset alone: no message is read.
        state = (await connection.jetstream().stream_info(STREAM, subjects_filter=_subject(asset_id))).state
    return bool(state.subjects)


async def _subscribed(js: JetStreamContext, asset_id: str | None, after: int) -> JetStreamContext.PushSubscription:
    subject = "media.v1.>" if asset_id is None else _subject(asset_id)
    config = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after + 1)
    with _missing_stream():
        return await js.subscribe(subject, stream=STREAM, ordered_consumer=True, config=config)


def _subject(asset_id: str) -> str:
    if not asset_id.isalnum():
        raise CommandError(f"{asset_id!r} is no asset id; `headrace ls` shows them.")
    return f"media.v1.*.*.{asset_id}.>"


async def _end(js: JetStreamContext) -> int:
    with _missing_stream():
        return (await js.stream_info(STREAM)).state.last_seq


@contextlib.contextmanager
def _missing_stream() -> Iterator[None]:
    try:
        yield
    except NotFoundError as error:
        raise CommandError("NATS has no stream MEDIA; make it with: python -m infra.nats.topology") from error


def _event(message: Msg) -> Event | None:
    try:
        fact = decode(message.data)
    except msgspec.DecodeError:
        return None
    if not isinstance(fact, Fact):
        return None
    metadata = message.metadata
    return Event(metadata.timestamp, fact, (message.headers or {}).get(SERVICE, "-"), metadata.num_pending)
