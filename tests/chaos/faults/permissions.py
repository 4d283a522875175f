"""Services that say and do what they may not, with their own credentials."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

import nats
from nats.aio.client import Client
from nats.errors import Error

from contracts.codec import encode
from contracts.v1 import AnyFact, AssetIngested, AssetPurged, AssetReady
from infra.access import ACCESS
from infra.local.settings import settings_from
from infra.roles import ROLES
from services.runtime.errors import Transient
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.chaos.fault import Fault
from tests.chaos.stack import NAMES
from tests.chaos.world import World

_LIE = 99
"""The attempt that lies speak of, so that they are found."""
# Who acts for operators puts back whatever was parked.
_LIARS = tuple(name for name in NAMES if name != "operate")
_PATIENCE_S = 0.5


async def overstep(world: World, rng: Random, number: int) -> float:
    """State facts of other services, delete streams, and write over an original, as one service after the other."""
    service = _LIARS[number % len(_LIARS)]
    settings = settings_from(world.stack.stack.environment_of(service))
    ingested = (await world.log.next(AssetIngested)).fact
    assert isinstance(ingested, AssetIngested)
    lies = [lie for lie in _lies(ingested.asset_id) if type(lie) not in ROLES[service].sends]
    async with _speaking_as(service, settings) as nc:
        for lie in lies:
            with suppress(Error):
                await nc.jetstream().publish(lie.subject, encode(lie), timeout=_PATIENCE_S)
        for request in ("STREAM.PURGE.MEDIA", "STREAM.DELETE.TASKS"):
            with suppress(Error):
                await nc.request(f"$JS.API.{request}", b"", timeout=_PATIENCE_S)
    key = ingested.original.key
    is_allowed = any(key.startswith(prefix) for prefix in ACCESS[service].writes)
    assert is_allowed or not await _writes_over(settings, key), f"{service} wrote over an original"
    told = [one for one in await world.log.whole() if getattr(one.fact, "attempt", 0) == _LIE]
    assert not told, f"{service} stated {told[0].fact}"
    return time.time()


def _lies(asset_id: str) -> list[AnyFact]:
    nothing = {"hls_key": "", "dash_key": "", "poster_key": "", "storyboard_key": "", "duration_s": 0.0}
    return [
        AssetPurged(asset_id=asset_id, objects=0, attempt=_LIE),
        AssetReady(asset_id=asset_id, recipe="lie", attempt=_LIE, **nothing),  # type: ignore[arg-type]  # by name
    ]


async def _writes_over(settings: Settings, key: str) -> bool:
    async with Store.connect(settings) as store:
        try:
            await store.put(key, b"changed", content_type="video/mp4")
        except Transient as error:
            if error.code != "store_refused":
                raise
            return False
    return True


@asynccontextmanager
async def _speaking_as(service: str, settings: Settings) -> AsyncIterator[Client]:
    async def leave_to_caller(_: Exception) -> None:
        """Say nothing: what is refused runs into its time-out."""

    assert settings.nats_password is not None
    nc = await nats.connect(
        settings.nats_url,
        user=settings.nats_user,
        password=settings.nats_password.get_secret_value(),
        inbox_prefix=f"_INBOX_{service}".encode(),
        error_cb=leave_to_caller,
    )
    try:
        yield nc
    finally:
        await nc.close()


FAULTS = (Fault("overstep", "a service that says what it may not", overstep, injections=len(_LIARS)),)
