"""Alerts about work: what was given up after all retries, and what a dead worker left to another.

Consumes exhausted dead letters (durable ``trouble``) and every fact, produces alerts.
"""

import contextlib

import msgspec
from nats import errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from contracts.bucket import Notification
from contracts.codec import decode, decode_dead_letter
from contracts.keys import DEFAULT_TENANT, tenant_of
from contracts.v1 import Alert, DeadLetter
from services.runtime import follow, trace
from services.runtime.alerts import Alerts
from services.runtime.events import FACTS
from services.runtime.log import STREAM

_DEAD = "DEAD"
_BUCKET = "BUCKET"
_DURABLE = "trouble"
_QUIET_S = 5.0


async def watch_letters(js: JetStreamContext, alerts: Alerts) -> None:
    """Raise an alert for each letter that says that work was tried too often, also for those of a time of absence."""
    letters = await js.pull_subscribe_bind(_DURABLE, _DEAD)
    try:
        while True:
            with contextlib.suppress(errors.TimeoutError):
                (message,) = await letters.fetch(timeout=_QUIET_S)
                if alert := exhausted(message):
                    await alerts.raise_(alert)
                await message.ack()
    finally:
        with contextlib.suppress(errors.ConnectionClosedError, errors.ConnectionDrainingError):
            await letters.unsubscribe()


async def watch_recoveries(js: JetStreamContext, alerts: Alerts) -> None:
    """Raise an alert for each fact from now on whose task was delivered before, in vain."""
    after = await follow.end(js, STREAM)
    async with contextlib.aclosing(follow.batches(js, STREAM, (FACTS,), after)) as batches:
        async for messages in batches:
            for alert in filter(None, map(recovered, messages)):
                await alerts.raise_(alert)


def exhausted(message: Msg) -> Alert | None:
    """Return the alert that a dead letter deserves."""
    try:
        letter = decode_dead_letter(message.data)
    except msgspec.DecodeError:
        return None
    return Alert(
        kind="retries_exhausted",
        about=letter.service,
        code=letter.code,
        asset_id=letter.asset_id,
        tenant=_tenant_in(letter),
        message=letter.message,
    )


def recovered(message: Msg) -> Alert | None:
    """Return the alert that a fact deserves: its task was delivered before, to a worker that failed or died."""
    headers = message.headers or {}
    if trace.RECOVERED not in headers:
        return None
    try:
        fact = decode(message.data)
    except msgspec.DecodeError:
        return None
    service = headers.get(trace.SERVICE, "unknown")
    said = f"A worker of {service} failed or died, and its work was done in a later try; see the service's log."
    return Alert(kind="work_recovered", about=service, asset_id=fact.asset_id, tenant=fact.tenant, message=said)


def _tenant_in(letter: DeadLetter) -> str:
    """Return whose work it was; a store's own words name no tenant, but keys, one of which the message may tell."""
    try:
        if letter.stream != _BUCKET:
            return decode(letter.payload).tenant
        keys = [event.key for event in msgspec.json.decode(letter.payload, type=Notification).events]
        return tenant_of(max((key for key in keys if key in letter.message), key=len, default=(*keys, "")[0]))
    except msgspec.DecodeError:
        return DEFAULT_TENANT
