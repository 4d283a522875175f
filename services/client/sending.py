"""Sending a file to the store, whole or in parts side by side."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from http import HTTPStatus
from pathlib import Path

import httpx

from services.client.documents import Parts, PartTarget, Upload
from services.client.errors import FileChanged, Unavailable
from services.client.http import Gateway, Passing, passing_or_final, retried
from services.client.progress import Meter

AT_ONCE = 4
_PIECE_BYTES = 1 << 18


class _Pages:
    """The signed URLs of parts, asked for as they are needed."""

    def __init__(self, gateway: Gateway, upload: Upload) -> None:
        self._gateway = gateway
        self._path = f"/v1/uploads/{upload.upload_id}/parts"
        self._signed = {part.number: part for part in upload.parts.targets} if upload.parts else {}
        self._asking = asyncio.Lock()
        self.part_bytes = upload.parts.part_bytes if upload.parts else upload.size_bytes

    async def target(self, number: int, *, anew: bool) -> PartTarget:
        async with self._asking:
            if anew or number not in self._signed:
                page = await self._gateway.ask(Parts, "GET", self._path, params={"from": number})
                self._signed = {part.number: part for part in page.targets}
            return self._signed[number]


class Sender:
    """Sends the parts of one file that the store lacks."""

    def __init__(self, gateway: Gateway, store: httpx.AsyncClient, path: Path, upload: Upload, meter: Meter) -> None:
        """Send a file under an upload; ``store`` is a client without the gateway's credentials."""
        self._gateway = gateway
        self._store = store
        self._path = path
        self._upload = upload
        self._meter = meter
        self._pages = _Pages(gateway, upload)

    async def send_whole(self) -> None:
        """Send the file in one PUT.

        Raises: Refused. Unavailable. FileChanged.
        """
        target = self._upload.upload
        assert target is not None
        whole = PartTarget(1, self._upload.size_bytes, target.url)
        # That the object is there already is what an answer that got lost said.
        await retried(lambda: self._put(whole, 0, target.headers, but=HTTPStatus.PRECONDITION_FAILED))

    async def send_parts(self, missing: Iterable[int]) -> None:
        """Send parts by their numbers, four side by side.

        Raises: Refused. Unavailable. FileChanged.
        """
        waiting = iter(sorted(missing))

        async def work() -> None:
            for number in waiting:
                await self._send_part(number)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _send_part(self, number: int) -> None:
        offset = (number - 1) * self._pages.part_bytes
        is_again = False

        async def attempt() -> None:
            nonlocal is_again
            # What failed may have failed because its URL grew too old.
            target = await self._pages.target(number, anew=is_again)
            is_again = True
            await self._put(target, offset, {})

        await retried(attempt)

    async def _put(
        self, target: PartTarget, offset: int, headers: Mapping[str, str], *, but: int | None = None
    ) -> None:
        try:
            answer = await self._store.put(
                target.url,
                content=self._pieces(target, offset),
                headers={**headers, "Content-Length": str(target.size_bytes)},
            )
        except httpx.TransportError as error:
            raise Passing(Unavailable(f"The store did not take a part: {error or type(error).__name__}")) from error
        if not answer.is_success and answer.status_code != but:
            problem = passing_or_final(answer, "The store")
            raise Passing(problem) if answer.status_code == HTTPStatus.FORBIDDEN else problem

    async def _pieces(self, target: PartTarget, offset: int) -> AsyncIterator[bytes]:
        """Yield a part's bytes a little at a time, so that memory holds no part."""
        sent = 0
        with self._path.open("rb") as file:
            file.seek(offset)
            while sent < target.size_bytes:
                piece = await asyncio.to_thread(file.read, min(_PIECE_BYTES, target.size_bytes - sent))
                if not piece:
                    raise FileChanged(f"{self._path} became shorter while it was sent; upload it again.")
                yield piece
                sent += len(piece)
                self._meter.part(target.number, sent)
