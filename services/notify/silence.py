"""Alerts about services: one that answered pings and no longer does, in none of its processes."""

import asyncio
from contextlib import suppress

import msgspec
from nats.aio.client import Client

from contracts.v1 import Alert
from services.runtime.alerts import Alerts

_PINGS_IN_SILENCE = 4


async def watch_services(nats: Client, alerts: Alerts, silent_after_s: float) -> None:
    """Ping for ever, and raise an alert for each service of which nobody answered for so long."""
    clock = asyncio.get_running_loop().time
    heard_at: dict[str, float] = {}
    while True:
        answered = await _answering(nats, silent_after_s / _PINGS_IN_SILENCE)
        heard_at |= dict.fromkeys(answered, clock())
        for name in [name for name, at in heard_at.items() if clock() - at >= silent_after_s]:
            await alerts.raise_(_silent(name, silent_after_s))


async def _answering(nats: Client, within_s: float) -> set[str]:
    """Return the names of the services of which a process answers, as ``nats micro ping`` does."""
    inbox = nats.new_inbox()
    subscription = await nats.subscribe(inbox)
    answered = set()
    try:
        await nats.publish("$SRV.PING", reply=inbox)
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                async for message in subscription.messages:
                    answered.add(str(msgspec.json.decode(message.data)["name"]))
    finally:
        await subscription.unsubscribe()
    return answered


def _silent(name: str, silent_after_s: float) -> Alert:
    said = f"No process of the service {name} answers since {silent_after_s:.0f} s; start it, and see its log."
    return Alert(kind="service_silent", about=name, message=said)
