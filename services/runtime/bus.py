"""Holds what the bus cannot store: no work is taken meanwhile, and nothing that was done is given up for it.

What could not be published is published again and again until a stream has it; that is also how it is known that all
goes on. Its message waits, kept by its heartbeat and counted as no try.
"""

import asyncio
import logging
from contextlib import suppress

from contracts.base import Message
from contracts.v1 import DeadLetter
from services.runtime.denials import Denials
from services.runtime.intake import Intake
from services.runtime.publish import Publisher, Unstored

TRY_EVERY_S = 1.0

_REASON = "bus"
_SENTENCE = (
    "NATS does not store what is published; see that it runs, can be reached and has room on its disk, then start it "
    "again (the stack's own is started again by itself). Work goes on by itself once it stores."
)

_log = logging.getLogger("headrace.bus")


class Bus:
    """Publishes for one process whose intake is closed while that is in vain."""

    def __init__(self, publish: Publisher, intake: Intake, denials: Denials) -> None:
        """Publish by a publisher; close an intake; ``denials`` tell what may not be said."""
        self._publish = publish
        self._intake = intake
        self._denials = denials
        self._held = 0

    async def store(self, message: Message | DeadLetter) -> None:
        """Publish a message, however long it takes until a stream has it."""
        try:
            await self._publish(message)
        except Unstored as error:
            await self.hold(error)

    async def hold(self, error: Unstored) -> None:
        """Return once what was not stored is stored; no work is taken meanwhile.

        Raises: APIError: the bus stores again, but refuses this.
        """
        _log.info("%s; it is published again until it is", error)
        self._held += 1
        self._intake.pause(_REASON, self._denials.sentence(error.subject) or _SENTENCE)
        try:
            while True:
                await asyncio.sleep(TRY_EVERY_S)
                with suppress(Unstored):
                    await error.again()
                    self._denials.forget(error.subject)
                    return
        finally:
            self._held -= 1
            if not self._held:
                self._intake.resume(_REASON)
