"""The client itself."""

import mimetypes
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import httpx
import msgspec

from services.client.documents import Upload
from services.client.errors import Refused
from services.client.http import Gateway
from services.client.local import LocalFile
from services.client.memory import Memory, state_folder
from services.client.progress import Meter, Progress
from services.client.sending import Sender

_GATEWAY_TIMEOUT_S = 30.0
_STORE_TIMEOUT_S = 60.0
_CONNECTIONS = 16

Profile = Literal["fast", "balanced", "best"]
PlaybackPolicy = Literal["public", "signed"]
Priority = Literal["high", "normal", "low"]


class Uploaded(msgspec.Struct, frozen=True):
    """A file that has arrived, and the asset that it is."""

    asset_id: str
    upload_id: str
    file: str
    size_bytes: int


class _Imported(msgspec.Struct, frozen=True):
    asset_id: str


class Headrace:
    """A client of one gateway; use it as an asynchronous context manager."""

    def __init__(self, url: str, key: str, *, use_proxies: bool = True, state: Path | None = None) -> None:
        """Speak to the gateway at a URL with an API key.

        ``use_proxies`` heeds ``HTTPS_PROXY`` and its like; ``state`` is where uploads are remembered, by default the
        user's own folder for such.
        """
        self._url = url.rstrip("/")
        self._state = state or state_folder()
        self._gateway_client = httpx.AsyncClient(
            base_url=self._url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=_GATEWAY_TIMEOUT_S,
            trust_env=use_proxies,
        )
        # The store gets signed URLs, and nothing of the key.
        self._store_client = httpx.AsyncClient(
            timeout=_STORE_TIMEOUT_S, trust_env=use_proxies, limits=httpx.Limits(max_connections=_CONNECTIONS)
        )
        self._gateway = Gateway(self._gateway_client)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._gateway_client.aclose()
        await self._store_client.aclose()

    async def upload(
        self,
        path: Path,
        *,
        name: str | None = None,
        content_type: str | None = None,
        title: str = "",
        description: str = "",
        metadata: Mapping[str, str] | None = None,
        tags: Sequence[str] = (),
        category: str = "",
        profile: Profile = "fast",
        playback_policy: PlaybackPolicy = "public",
        priority: Priority = "normal",
        language: str = "",
        on_progress: Callable[[Progress], None] | None = None,
        resume: str | None = None,
    ) -> Uploaded:
        """Upload a file, or the rest of it when a process before this one was ended in the middle.

        Parts go side by side, each tried four times. ``on_progress`` is called as bytes leave. ``resume`` is the id of
        an upload of the same file that another machine began. ``language`` is what is spoken, as BCP 47.

        Raises: Refused: the gateway or the store says no. Unavailable: they do not answer. FileChanged. OSError.
        """
        file = LocalFile.of(path)
        wishes = {
            "name": name or path.name,
            "size_bytes": file.size_bytes,
            "content_type": content_type or mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            "title": title,
            "description": description,
            "metadata": dict(metadata or {}),
            "tags": list(tags),
            "category": category,
            "profile": profile,
            "playback_policy": playback_policy,
            "priority": priority,
            **_spoken(language),
        }
        memory = Memory(self._state, self._url, file, msgspec.json.encode(wishes, order="sorted"))
        upload = await self._begun(resume or memory.recall(), file.size_bytes, is_certain=resume is not None)
        if upload is None:
            upload = await self._gateway.ask(Upload, "POST", "/v1/uploads", json=wishes)
        if upload.state == "open":
            memory.keep(upload.upload_id)
            await self._send(path, upload, on_progress)
            file.check_unchanged()
            upload = await self._gateway.ask(Upload, "POST", f"/v1/uploads/{upload.upload_id}/complete")
        memory.forget()
        return Uploaded(upload.asset_id, upload.upload_id, str(path), file.size_bytes)

    async def import_url(
        self,
        url: str,
        *,
        name: str | None = None,
        title: str = "",
        profile: Profile = "fast",
        playback_policy: PlaybackPolicy = "public",
        priority: Priority = "normal",
        language: str = "",
    ) -> str:
        """Have the gateway fetch a file, and return the id of the asset that it will be.

        Raises: Refused. Unavailable.
        """
        asked = {
            "input": url,
            "name": name,
            "title": title,
            "profile": profile,
            "playback_policy": playback_policy,
            "priority": priority,
            **_spoken(language),
        }
        return (await self._gateway.ask(_Imported, "POST", "/v1/assets", json=asked)).asset_id

    async def _begun(self, upload_id: str | None, size_bytes: int, *, is_certain: bool) -> Upload | None:
        """Return an upload that goes on, or None to begin anew; one that the caller named must go on."""
        if upload_id is None:
            return None
        try:
            upload = await self._gateway.ask(Upload, "GET", f"/v1/uploads/{upload_id}")
        except Refused as error:
            if is_certain or error.status != httpx.codes.NOT_FOUND:
                raise
            return None
        if upload.state in {"open", "completed"} and upload.size_bytes == size_bytes:
            return upload
        if is_certain:
            reason = f"is {upload.state}" if upload.size_bytes == size_bytes else "is of a file of another length"
            raise Refused(409, "upload_closed", f"The upload {upload_id} {reason}; begin a new one.")
        return None

    async def _send(self, path: Path, upload: Upload, tell: Callable[[Progress], None] | None) -> None:
        held = set(upload.stored)
        if upload.parts is None:
            meter = Meter(upload.size_bytes, upload.size_bytes if held else 0, tell)
            if not held:
                await Sender(self._gateway, self._store_client, path, upload, meter).send_whole()
        else:
            parts = upload.parts
            last_bytes = upload.size_bytes - (parts.count - 1) * parts.part_bytes
            resumed = sum(last_bytes if number == parts.count else parts.part_bytes for number in held)
            meter = Meter(upload.size_bytes, resumed, tell)
            missing = set(range(1, parts.count + 1)) - held
            await Sender(self._gateway, self._store_client, path, upload, meter).send_parts(missing)
        meter.told()


def _spoken(language: str) -> dict[str, str]:
    return {"language": language} if language else {}
