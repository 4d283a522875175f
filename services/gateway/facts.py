"""Stating facts so that whoever stated one reads it back: published with a PubAck, then awaited in the catalog."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import APIError, NotFoundError

from contracts.codec import decode
from contracts.v1 import Fact, Task
from services.gateway.catalog import Catalog
from services.runtime.errors import Stale, Transient
from services.runtime.log import STREAM
from services.runtime.publish import Publisher, expecting, is_outdated

PATIENCE_S = 2.0
QUEUE, TASKS = "QUEUE", "TASKS"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.005, 0.1

F = TypeVar("F", bound=Fact)


class Facts:
    """Writes to the log for requests."""

    def __init__(self, js: JetStreamContext, catalog: Catalog) -> None:
        """Publish through JetStream; look at the catalog's checkpoint."""
        self._js = js
        self._publish = Publisher(js)
        self._catalog = catalog

    async def state(self, fact: Fact, *, after: int | None = None, among: str | None = None) -> None:
        """State a fact, and return when the catalog holds it, or after two seconds: then it is late, but not lost.

        With ``after``, the fact is stated only if the last one of its kind about its asset, or the last one that
        matches the subject filter ``among``, has that sequence in the log, 0 for none.

        Raises: Stale: ``asset_changed``. Transient: ``log_unavailable``.
        """
        among = among or fact.subject_filter(fact.asset_id)
        expected = {} if after is None else expecting(after, among)
        sequence = await self._sent(fact, expected)
        # A catalog that is away must not undo what was stated.
        with suppress(Transient):
            await self.folded(sequence)

    async def folded(self, sequence: int) -> None:
        """Return when the catalog holds the log up to a sequence.

        Raises: Transient: ``catalog_late``, after two seconds. Transient: ``database_unavailable``.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._wait_for(sequence)
        except TimeoutError as error:
            raise Transient("catalog_late", "The catalog is behind the log just now; try again soon.") from error

    async def last(self, kind: type[F], asset_id: str) -> tuple[F | None, int]:
        """Return the last fact of a kind about an asset and its sequence in the log, or None and 0.

        Raises: Transient: ``log_unavailable``.
        """
        found = await self._last(kind.subject_filter(asset_id))
        if found is None:
            return None, 0
        fact = decode(found.data or b"")
        assert isinstance(fact, kind)
        return fact, found.seq or 0

    async def last_sequence(self, subject_filter: str) -> int:
        """Return the sequence of the last fact that matches a filter, 0 for none.

        Raises: Transient: ``log_unavailable``.
        """
        found = await self._last(subject_filter)
        return 0 if found is None else found.seq or 0

    async def _last(self, subject_filter: str) -> RawStreamMsg | None:
        try:
            return await self._js.get_last_msg(STREAM, subject_filter)
        except NotFoundError:
            return None
        except (Error, OSError) as error:
            raise _unavailable() from error

    async def waits(self, task: Task) -> bool:
        """Tell whether a task with the same subject is on its queue or being worked on.

        Raises: Transient: ``log_unavailable``.
        """
        with log_errors():
            # In the order of its way: it is in the second stream before it leaves the first.
            for stream, subject in ((QUEUE, task.queue_subject), (TASKS, task.subject)):
                if (await self._js.stream_info(stream, subjects_filter=subject)).state.subjects:
                    return True
        return False

    async def hand_out(self, task: Task) -> None:
        """Put a task on its queue.

        Raises: Transient: ``log_unavailable``.
        """
        await self._sent(task, {})

    async def _sent(self, message: Fact | Task, headers: dict[str, str]) -> int:
        try:
            return await self._publish(message, headers)
        except APIError as error:
            if is_outdated(error):
                raise Stale("asset_changed", "The asset was changed meanwhile; read it again.") from error
            raise _unavailable() from error
        except (Error, OSError) as error:
            raise _unavailable() from error

    async def _wait_for(self, sequence: int) -> None:
        pause_s = _FIRST_PAUSE_S
        while await self._catalog.checkpoint() < sequence:
            await asyncio.sleep(pause_s)
            pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)


@contextmanager
def log_errors() -> Iterator[None]:
    """Tell of a log that does not answer as of a passing error.

    Raises: Transient: ``log_unavailable``.
    """
    try:
        yield
    except (Error, OSError) as error:
        raise _unavailable() from error


def _unavailable() -> Transient:
    return Transient("log_unavailable", "The log does not take facts just now; try again soon.")
