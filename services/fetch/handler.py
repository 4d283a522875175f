"""Consumes ``fetch.input`` tasks, produces originals in the bucket and their notifications, or ``asset.abandoned``."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from faststream import Context

from contracts.bucket import SUBJECT_SENDER
from contracts.v1 import AssetAbandoned, FetchInput, Original
from services.fetch.decide import intake_of
from services.fetch.pour import pour
from services.fetch.unwanted import unless_deleted
from services.runtime.announce import announce
from services.runtime.egress import Egress
from services.runtime.errors import Permanent
from services.runtime.inject import JsDep, LogDep, StoreDep
from services.runtime.limits import UploadLimits

LimitsDep = Annotated[UploadLimits, Context("limits")]
PrivateDep = Annotated[bool, Context("egress_private")]
MostDep = Annotated[float, Context("fetch_most_s")]


async def fetch_input(
    task: FetchInput,
    store: StoreDep,
    js: JsDep,
    log: LogDep,
    *,
    limits: LimitsDep,
    egress_private: PrivateDep,
    fetch_most_s: MostDep,
) -> AssetAbandoned | None:
    """Write what a URL leads to under its key, once, and announce it as the store's own feed would.

    Of an asset that is deleted before it has come, nothing more is fetched, and nobody waits for it any longer.
    """

    async def fetch() -> None:
        async with (
            _within(fetch_most_s),
            Egress.connect("input", allow_private=egress_private) as egress,
            egress.get(task.url) as response,
        ):
            await pour(response.aiter_raw(), store, task.key, intake_of(task, response.headers, limits))

    if await store.head(task.key) is None and not await unless_deleted(log, task.asset_id, fetch()):
        return AssetAbandoned(asset_id=task.asset_id, tenant=task.tenant)
    arrived = await store.head(task.key)
    if arrived is not None:
        original = Original(bucket=store.bucket, key=arrived.key, size_bytes=arrived.size_bytes, etag=arrived.etag)
        await announce(js, SUBJECT_SENDER, original)
    return None


@asynccontextmanager
async def _within(most_s: float) -> AsyncIterator[None]:
    deadline = asyncio.timeout(most_s)
    try:
        async with deadline:
            yield
    except TimeoutError as error:
        if deadline.expired():
            message = f"Reading the URL took longer than {most_s:.0f} s; bring the file nearer, or upload it."
            raise Permanent("input_too_slow", message) from error
        raise
