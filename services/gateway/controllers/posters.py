"""Posters: which picture stands for an asset before it plays."""

import secrets
from datetime import UTC, datetime, timedelta

import msgspec
from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from contracts.keys import poster_upload_key
from contracts.v1 import PosterChosen
from services.gateway.asset_documents import PosterRequest, PosterUploadAnswer, PosterUploadRequest
from services.gateway.assets import Assets
from services.gateway.decide import Documents
from services.gateway.documents import AssetDocument
from services.gateway.edits import refuse_not_ready
from services.gateway.facts import Facts
from services.gateway.idempotency import SIGNED_ANSWER, FirstAnswer
from services.gateway.principal import Principal, needs
from services.gateway.problems import described
from services.gateway.refusals import Refused
from services.runtime.edits import new_edit
from services.runtime.store import Store

_EXPIRES_S = 600
_MISSING = described("The tenant has none of this id.")
_NOT_NOW = described("The asset is not ready, or no picture was uploaded.")


class _Begun(msgspec.Struct):
    upload: str


class PosterController(Controller):
    """Takes choices."""

    path = "/v1/assets/{asset_id:str}/poster"
    tags = ("assets",)
    guards = (needs("write"),)

    @post(
        operation_id="choose_poster",
        status_code=202,
        responses={400: described("The request is wrong."), 404: _MISSING, 409: _NOT_NOW},
    )
    async def choose_poster(
        self,
        *,
        asset_id: FromPath[str],
        data: JSONBody[PosterRequest],
        principal: NamedDependency[Principal],
        assets: NamedDependency[Assets],
        facts: NamedDependency[Facts],
        documents: NamedDependency[Documents],
        store: NamedDependency[Store],
    ) -> Response[AssetDocument]:
        """Choose a picture of the video by its time, or one that was uploaded; it is shown when it is made."""
        view = (await assets.found(principal.tenant, asset_id)).view
        recipe = refuse_not_ready(view)
        if (data.at_s is None) == (data.upload is None):
            raise Refused(400, "poster_ambiguous", "Give either `at_s` or `upload`.")
        key = poster_upload_key(asset_id, data.upload) if data.upload else None
        if key is not None and await store.head(key) is None:
            raise Refused(409, "poster_not_uploaded", "No picture was uploaded under this name; upload it first.")
        chosen = PosterChosen(
            asset_id=asset_id, tenant=view.tenant, edit=new_edit(), recipe=recipe, at_s=data.at_s, key=key
        )
        await facts.state(chosen)
        return Response(documents.asset(await assets.found(principal.tenant, asset_id)), status_code=202)

    @post(
        "/uploads",
        operation_id="upload_poster",
        opt=SIGNED_ANSWER,
        responses={400: described("The request is wrong."), 404: _MISSING, 409: _NOT_NOW},
    )
    async def upload_poster(
        self,
        asset_id: FromPath[str],
        data: JSONBody[PosterUploadRequest],
        principal: NamedDependency[Principal],
        assets: NamedDependency[Assets],
        store: NamedDependency[Store],
        first_answer: NamedDependency[FirstAnswer],
    ) -> PosterUploadAnswer:
        """Presign one PUT of one picture; the signature holds its length and type."""
        refuse_not_ready((await assets.found(principal.tenant, asset_id)).view)
        first = first_answer.body
        upload = msgspec.json.decode(first, type=_Begun).upload if first else secrets.token_urlsafe(18)
        expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=_EXPIRES_S)
        url = await store.presigned_put(
            poster_upload_key(asset_id, upload),
            size_bytes=data.size_bytes,
            content_type=data.content_type,
            expires_s=_EXPIRES_S,
        )
        headers = {"Content-Type": data.content_type, "If-None-Match": "*"}
        return PosterUploadAnswer(upload=upload, method="PUT", url=url, headers=headers, expires_at=expires_at)
