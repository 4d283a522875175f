"""Uploads: where to send a file, straight to the store, and what of it has arrived."""

from typing import Annotated

import msgspec
from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from services.gateway.decide_uploads import plan_of
from services.gateway.idempotency import SIGNED_ANSWER, FirstAnswer
from services.gateway.principal import Principal, needs
from services.gateway.problems import described
from services.gateway.refusals import Refused
from services.gateway.room import has_room
from services.gateway.upload_documents import Parts, UploadDocument, UploadRequest
from services.gateway.upload_links import PAGE, UploadLinks
from services.gateway.uploads import Uploads

FromNumber = Annotated[int, QueryParameter(name="from", ge=1, le=10_000, description="The first part's number.")]
Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="How many at most.")]

_WRONG = described("The id or a parameter is wrong.")
_MISSING = described("There is no such upload.")
_CLOSED = described("The upload is not open any more.")


class _Opened(msgspec.Struct):
    upload_id: str


class UploadController(Controller):
    """Signs, looks up, completes and aborts uploads."""

    path = "/v1/uploads"
    tags = ("uploads",)
    guards = (needs("write"),)

    @post(
        operation_id="create_upload",
        guards=[has_room],
        opt=SIGNED_ANSWER,
        responses={
            400: described("The request is wrong."),
            413: described("Larger than an original may be."),
            415: described("Of a type that is not taken."),
            507: described("There is no room for originals just now."),
        },
    )
    async def create_upload(
        self,
        data: JSONBody[UploadRequest],
        principal: NamedDependency[Principal],
        uploads: NamedDependency[Uploads],
        links: NamedDependency[UploadLinks],
        first_answer: NamedDependency[FirstAnswer],
    ) -> UploadDocument:
        """Open the upload of one new file: up to 100 MiB one PUT, above that parts, with the URLs of the first."""
        if first_answer.body is None:
            session = await uploads.open(principal.tenant, data)
        else:
            opened = msgspec.json.decode(first_answer.body, type=_Opened)
            session = await uploads.find(principal.tenant, opened.upload_id)
        return await links.document(session, [], from_number=1)

    @get("/{upload_id:str}", operation_id="get_upload", responses={400: _WRONG, 404: _MISSING})
    async def get_upload(
        self,
        upload_id: FromPath[str],
        principal: NamedDependency[Principal],
        uploads: NamedDependency[Uploads],
        links: NamedDependency[UploadLinks],
    ) -> UploadDocument:
        """Say which parts the store holds, so that whoever lost everything else can go on."""
        session = await uploads.find(principal.tenant, upload_id)
        stored = await uploads.stored(session) if session.state == "open" else []
        return await links.document(session, stored, from_number=None)

    @get(
        "/{upload_id:str}/parts",
        operation_id="list_upload_parts",
        responses={400: _WRONG, 404: _MISSING, 409: _CLOSED},
    )
    async def list_upload_parts(
        self,
        upload_id: FromPath[str],
        principal: NamedDependency[Principal],
        uploads: NamedDependency[Uploads],
        links: NamedDependency[UploadLinks],
        from_: FromNumber = 1,
        limit: Limit = PAGE,
    ) -> Parts:
        """Sign the URLs of parts, from one on."""
        session = await uploads.find(principal.tenant, upload_id)
        plan = plan_of(session)
        if session.state != "open" or plan is None:
            reason = "has no parts: it is one PUT" if plan is None else f"is {session.state}"
            raise Refused(409, "upload_closed", f"The upload {reason}.")
        return await links.parts(session, plan, from_, limit)

    @post(
        "/{upload_id:str}/complete",
        operation_id="complete_upload",
        status_code=200,
        responses={400: _WRONG, 404: _MISSING, 409: described("Parts are missing, or it was given up.")},
    )
    async def complete_upload(
        self,
        upload_id: FromPath[str],
        principal: NamedDependency[Principal],
        uploads: NamedDependency[Uploads],
        links: NamedDependency[UploadLinks],
    ) -> UploadDocument:
        """Tell the store that everything was sent; a second time changes nothing."""
        session = await uploads.complete(principal.tenant, upload_id)
        return await links.document(session, [], from_number=None)

    @delete(
        "/{upload_id:str}",
        operation_id="abort_upload",
        responses={400: _WRONG, 404: _MISSING, 409: described("The file has arrived.")},
    )
    async def abort_upload(
        self, upload_id: FromPath[str], principal: NamedDependency[Principal], uploads: NamedDependency[Uploads]
    ) -> None:
        """Give an upload up and free what the store holds of it."""
        await uploads.abort(principal.tenant, upload_id)
