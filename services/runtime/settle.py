"""Settlement: the one place that decides what becomes of a message.

================  =====================================================================
handler           message
================  =====================================================================
returns           its results are published with a PubAck, then it is acked
``Permanent``     fact ``asset.failed`` and a dead letter, then it is terminated; work that an
                  asset can do without states what follows instead (``otherwise``)
``Transient``     comes back after 5, 10, 20 s; then as ``Permanent``, reason ``exhausted``
``Stale``         is handled again at once, 50 times; then as ``Transient``
fails otherwise   while the store is away or a disk full: is handled again once that is over
publishes         while the bus stores nothing: waits until it does
does not decode   dead letter, reason ``poison``, then it is terminated
is cancelled      comes back at once
any other error   a defect of ours: as ``Transient``, with its traceback in the log
================  =====================================================================

While a handler works, the message is kept from being redelivered by a heartbeat.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec
from faststream import BaseMiddleware
from faststream.exceptions import NackMessage, RejectMessage
from nats.aio.msg import Msg

from contracts.base import Message
from contracts.v1 import Reason
from services.runtime import trace
from services.runtime.at_work import AtWork
from services.runtime.breaker import Breaker
from services.runtime.bus import Bus
from services.runtime.errors import HeadraceError, Permanent, Stale, Transient
from services.runtime.heartbeat import beating
from services.runtime.intake import Intake
from services.runtime.letters import dead_letter, failure, trace_of
from services.runtime.publish import Unstored

Otherwise = Callable[[Any, HeadraceError], Message]
"""What an event leads to when the work on it is given up."""
_LAST_RESORT_DELAY_S = 5.0
_STALE_TRIES = 50
_STALE_PAUSE_S = 0.05

_log = logging.getLogger("headrace.settlement")


class Settlement:
    """Builds the settlement middleware of one service."""

    def __init__(self, service: str, told: dict[str, str]) -> None:
        """Name the service that failures are reported under; ``told`` is what it tells of itself when it is pinged."""
        self.service = service
        self.otherwise: dict[type, Otherwise] = {}
        self._at_work = AtWork(told)

    def __call__(self, msg: Any | None, /, *, context: Any) -> "_Settlement":
        """Return the middleware for one message."""
        return _Settlement(msg, context=context, service=self.service, otherwise=self.otherwise, at_work=self._at_work)


class _Settlement(BaseMiddleware):
    def __init__(
        self, msg: Any | None, /, *, context: Any, service: str, otherwise: dict[type, Otherwise], at_work: AtWork
    ) -> None:
        super().__init__(msg, context=context)
        self.service = service
        self._otherwise = otherwise
        self._at_work = at_work
        self._event: Any = None

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> None:
        """Run the handler on a message and settle it."""
        with self._at_work.one_more():
            await self._settle(call_next, msg)

    async def _settle(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> None:
        raw: Msg = msg.raw_message
        bus: Bus = self.context.get("bus")
        at_hand = trace_of(raw, self.service)
        token = trace.current.set(at_hand)
        try:
            async with beating(raw):
                self._event = event = await msg.decode()
                at_hand.asset_id = getattr(event, "asset_id", None)
                at_hand.tenant = getattr(event, "tenant", at_hand.tenant)
                at_hand.recipe = getattr(event, "recipe", "")
                at_hand.attempt = getattr(event, "attempt", 0)
                for message in _results(await self._handled(call_next, msg)):
                    await bus.store(message)
        except asyncio.CancelledError:
            await asyncio.shield(msg.nack())
            raise
        except msgspec.DecodeError as error:
            await self._park(bus, raw, Permanent("undecodable_message", str(error)), "poison")
        except Permanent as error:
            await self._park(bus, raw, error, "permanent")
        except Transient as error:
            await self._retry(bus, raw, error)
        except Exception as error:  # noqa: BLE001 (a defect must settle its message too)
            _log.exception("defect in %s", self.service)
            await self._retry(
                bus,
                raw,
                Transient("internal_error", f"Headrace itself failed ({type(error).__name__}); its log says how."),
            )
        finally:
            trace.current.reset(token)

    async def _handled(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> Any:
        """Run the handler while work is taken, and again where it failed for want of store, disk or bus."""
        intake: Intake = self.context.get("intake")
        breaker: Breaker = self.context.get("breaker")
        bus: Bus = self.context.get("bus")
        while True:
            await intake.opened()
            try:
                return await _uncontended(call_next, msg)
            except Unstored as error:
                await bus.hold(error)
            except (HeadraceError, OSError) as error:
                if not await breaker.explains(error):
                    raise
                _log.info("%s; it is tried again once work is taken again", error)

    async def _retry(self, bus: Bus, raw: Msg, error: Transient) -> None:
        deliveries = raw.metadata.num_delivered
        delay_s = error.delay_s(deliveries)
        if delay_s is None:
            tried = HeadraceError(error.code, f"{error.message} It was tried {deliveries} times.")
            await self._park(bus, raw, tried, "exhausted")
        _log.info("%s; delivery %d comes back in %s s", error, deliveries, delay_s)
        raise NackMessage(delay=delay_s)

    async def _park(self, bus: Bus, raw: Msg, error: HeadraceError, reason: Reason) -> None:
        _log.warning("%s: %s", reason, error)
        at_hand = trace.current.get()
        asset_id = at_hand.asset_id if at_hand else None
        try:
            await bus.store(dead_letter(raw, self.service, error, reason, at_hand))
            if (otherwise := self._otherwise.get(type(self._event))) is not None:
                await bus.store(otherwise(self._event, error))
            elif at_hand is not None and asset_id is not None:
                await bus.store(failure(at_hand, asset_id, error))
        except Exception as unparked:
            # Without the letter on disk the message must stay in its stream.
            _log.exception("could not park the message")
            raise NackMessage(delay=_LAST_RESORT_DELAY_S) from unparked
        raise RejectMessage


async def _uncontended(call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> Any:
    """Run the handler, again where others were faster: deliveries count what is in trouble, and contention is none."""
    for _ in range(_STALE_TRIES - 1):
        with suppress(Stale):
            return await call_next(msg)
        await asyncio.sleep(_STALE_PAUSE_S)
    return await call_next(msg)


def _results(result: Any) -> list[Message]:
    if result is None:
        return []
    return list(result) if isinstance(result, list | tuple) else [result]
