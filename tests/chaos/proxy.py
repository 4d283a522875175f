"""A proxy in front of a store: it tells what passes, and refuses, delays or holds back what it is told to.

Every request has a connection of its own. The host that a request names stays, so that signatures hold.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random

_PIECE_BYTES = 1 << 16
_CONNECTION = re.compile(rb"\r\nConnection:[^\r\n]*", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)
_CODES = {412: "PreconditionFailed", 503: "SlowDown"}
_REFUSAL = (
    "HTTP/1.1 {status} Refused\r\nContent-Type: application/xml\r\n"
    "Connection: close\r\nContent-Length: {length}\r\n\r\n"
)

Match = Callable[[str], bool]
"""Tells from a request's head whether it is meant."""


@dataclass(frozen=True)
class Trouble:
    """What becomes of a ``share`` of the requests that are meant: they wait, then pass unless there is a ``status``."""

    status: int | None = None
    delay_s: float = 0.0
    share: float = 1.0
    meant: Match = lambda _: True


class StoreProxy:
    """Passes requests on to a store on loopback; set ``trouble`` to make it worse."""

    def __init__(self, store_port: int, rng: Random) -> None:
        """Pass on to a port; ``rng`` chooses which requests get into trouble."""
        self.trouble: Trouble | None = None
        self.url = ""
        self._store_port = store_port
        self._rng = rng
        self._at_work: set[asyncio.Task[None]] = set()
        self._awaited: list[tuple[Match, asyncio.Future[str]]] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator["StoreProxy"]:
        """Listen inside the context."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 20)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for task in self._at_work:
                task.cancel()
            await asyncio.gather(*self._at_work, return_exceptions=True)

    async def passes(self, meant: Match, within_s: float = 120.0) -> str:
        """Return the head of the next request that is meant, just before its body goes to the store."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._awaited.append((meant, future))
        return await asyncio.wait_for(future, within_s)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        try:
            # Whoever is killed, on either side, may leave in the middle of anything.
            with suppress(OSError, asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
                trouble = self._trouble_of(head.decode())
                await asyncio.sleep(trouble.delay_s)
                if trouble.status is None:
                    await self._pass_on(head, reader, writer)
                else:
                    await _refuse(trouble.status, head, reader, writer)
        finally:
            writer.close()

    def _trouble_of(self, head: str) -> Trouble:
        trouble = self.trouble
        if trouble is None or not trouble.meant(head) or self._rng.random() >= trouble.share:
            return Trouble()
        return trouble

    async def _pass_on(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        store_reader, store_writer = await asyncio.open_connection("127.0.0.1", self._store_port)
        self._tell(head.decode())
        store_writer.write(_CONNECTION.sub(b"", head)[:-4] + b"\r\nConnection: close\r\n\r\n")
        sending = asyncio.create_task(_pump(reader, store_writer))
        try:
            await _pump(store_reader, writer)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            store_writer.close()

    def _tell(self, head: str) -> None:
        for meant, future in self._awaited:
            if not future.done() and meant(head):
                future.set_result(head)
        self._awaited = [(meant, future) for meant, future in self._awaited if not future.done()]


async def _refuse(status: int, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    length = _LENGTH.search(head)
    if length is not None and b"100-continue" not in head:
        await reader.readexactly(int(length[1]))
    body = f"<Error><Code>{_CODES[status]}</Code><Message>An injected fault.</Message></Error>"
    writer.write((_REFUSAL.format(status=status, length=len(body)) + body).encode())
    await writer.drain()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE_BYTES):
        writer.write(piece)
        await writer.drain()
