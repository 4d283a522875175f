"""Batches: one act on many assets."""

import asyncio
from asyncio import Semaphore

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from services.gateway.asset_documents import BatchAnswer, BatchRequest, BatchResult
from services.gateway.assets import Assets
from services.gateway.edits import retagged
from services.gateway.principal import Principal, needs
from services.gateway.problems import described
from services.runtime.errors import HeadraceError

_AT_ONCE = 5


class BatchController(Controller):
    """Does to each asset what its own route does."""

    path = "/v1/assets/batch"
    tags = ("assets",)
    guards = (needs("write"),)

    @post(operation_id="act_on_assets", status_code=200, responses={400: described("The request is wrong.")})
    async def act_on_assets(
        self, data: JSONBody[BatchRequest], principal: NamedDependency[Principal], assets: NamedDependency[Assets]
    ) -> BatchAnswer:
        """Delete, restore, retry or tag up to 100 assets; each succeeds or is refused by itself."""
        at_once = Semaphore(_AT_ONCE)
        return BatchAnswer(
            await asyncio.gather(*(_result(assets, principal, name, data, at_once) for name in data.asset_ids))
        )


async def _result(assets: Assets, by: Principal, asset_id: str, data: BatchRequest, at_once: Semaphore) -> BatchResult:
    async with at_once:
        try:
            await _act(assets, by, asset_id, data)
        except HeadraceError as error:
            return BatchResult(asset_id=asset_id, done=False, code=error.code, detail=error.message)
    return BatchResult(asset_id=asset_id, done=True)


async def _act(assets: Assets, by: Principal, asset_id: str, data: BatchRequest) -> None:
    match data.action:
        case "delete":
            await assets.delete(by, asset_id)
        case "restore":
            await assets.restore(by, asset_id)
        case "retry":
            await assets.retry(by.tenant, asset_id, data.step)
        case "tag":
            await assets.describe(
                by.tenant, asset_id, lambda view, last: retagged(view, last, data.add_tags, data.remove_tags)
            )
