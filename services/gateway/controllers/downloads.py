"""Downloads: where to save an asset's original from, or a rung as a file, which is made when it is asked for."""

from datetime import UTC, datetime, timedelta

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.gateway.asset_documents import DownloadAnswer, DownloadRequest
from services.gateway.assets import Assets
from services.gateway.downloads import file_name, made_download, remux_task
from services.gateway.edits import refuse_deleted
from services.gateway.facts import Facts
from services.gateway.idempotency import SIGNED_ANSWER
from services.gateway.principal import Principal, needs
from services.gateway.problems import described
from services.gateway.refusals import Refused
from services.gateway.view import AssetView
from services.runtime.edits import new_edit
from services.runtime.store import Store

_EXPIRES_S = 3600
_MISSING = described("The tenant has none of this id, or the asset no such file.")
_NOT_NOW = described("The asset is deleted, or not complete yet.")


class DownloadController(Controller):
    """Leads to files in the store."""

    path = "/v1/assets/{asset_id:str}"
    tags = ("assets",)
    guards = (needs("read"),)

    @get("/original", operation_id="get_original", responses={400: described("Wrong."), 404: _MISSING, 409: _NOT_NOW})
    async def get_original(
        self,
        asset_id: FromPath[str],
        principal: NamedDependency[Principal],
        assets: NamedDependency[Assets],
        store: NamedDependency[Store],
    ) -> DownloadAnswer:
        """Sign a URL of the file as it was uploaded."""
        view = (await assets.found(principal.tenant, asset_id)).view
        refuse_deleted(view)
        if view.original is None:
            raise Refused(409, "asset_waiting", "The asset's file has not arrived.")
        return await _signed(store, view.original.key, view.name, view.original.size_bytes)

    @post(
        "/downloads",
        operation_id="make_download",
        # A repetition asks once more for what is made only once.
        opt=SIGNED_ANSWER,
        status_code=202,
        responses={400: described("The request is wrong."), 404: _MISSING, 409: _NOT_NOW},
    )
    async def make_download(
        self,
        asset_id: FromPath[str],
        data: JSONBody[DownloadRequest],
        principal: NamedDependency[Principal],
        assets: NamedDependency[Assets],
        facts: NamedDependency[Facts],
        store: NamedDependency[Store],
    ) -> Response[DownloadAnswer]:
        """Have a rung made one MP4 file; answers 200 when it is there already."""
        view = (await assets.found(principal.tenant, asset_id)).view
        task = remux_task(view, data.rung, new_edit())
        if made_download(view, data.rung) is None and not await facts.waits(task):
            await facts.hand_out(task)
        return await _download(store, view, data.rung)

    @get(
        "/downloads/{rung:str}",
        operation_id="get_download",
        responses={400: described("Wrong."), 404: _MISSING, 409: _NOT_NOW},
    )
    async def get_download(
        self,
        asset_id: FromPath[str],
        rung: FromPath[str],
        principal: NamedDependency[Principal],
        assets: NamedDependency[Assets],
        facts: NamedDependency[Facts],
        store: NamedDependency[Store],
    ) -> Response[DownloadAnswer]:
        """Sign a URL of a rung's file; answers 202 while it is being made."""
        view = (await assets.found(principal.tenant, asset_id)).view
        task = remux_task(view, rung, "")
        if made_download(view, rung) is None and not await facts.waits(task):
            raise Refused(404, "download_missing", "Nobody asked for this file yet, or making it failed; POST asks.")
        return await _download(store, view, rung)


async def _download(store: Store, view: AssetView, rung: str) -> Response[DownloadAnswer]:
    made = made_download(view, rung)
    if made is None:
        return Response(DownloadAnswer(state="processing", name=file_name(view, rung)), status_code=202)
    return Response(await _signed(store, made.key, file_name(view, rung), made.size_bytes), status_code=200)


async def _signed(store: Store, key: str, name: str, size_bytes: int) -> DownloadAnswer:
    expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=_EXPIRES_S)
    url = await store.presigned_download(key, name, _EXPIRES_S)
    return DownloadAnswer(state="ready", name=name, size_bytes=size_bytes, url=url, expires_at=expires_at)
