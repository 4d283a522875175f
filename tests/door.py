"""A door before a server: while it is shut, whoever comes by it finds nobody, and who was inside is thrown out."""

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress


class Door:
    """Passes connections on from a port of its own to a server."""

    def __init__(self, port: int, server_port: int) -> None:
        """Stand at a port, before the port of a server on this machine."""
        self.port = port
        self._server_port = server_port
        self._listener: asyncio.Server | None = None
        self._inside: set[StreamWriter] = set()

    async def open(self) -> None:
        """Let everybody in."""
        self._listener = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def shut(self) -> None:
        """Let nobody in, and throw everybody out."""
        if self._listener is not None:
            self._listener.close()
            for writer in list(self._inside):
                writer.transport.abort()
            await self._listener.wait_closed()

    async def _pass(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            onward = await asyncio.open_connection("127.0.0.1", self._server_port)
            both = {writer, onward[1]}
            self._inside |= both
            await asyncio.gather(_pour(reader, onward[1]), _pour(onward[0], writer))
            self._inside -= both


async def _pour(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
