"""Text tracks: subtitles, captions and transcripts of assets, listed, added, edited and taken away."""

from typing import Annotated

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody

from services.gateway.audit import Audit
from services.gateway.caption_documents import (
    MOST_BYTES,
    CaptionsChange,
    CaptionsDocument,
    CaptionsList,
    CaptionsRequest,
    CaptionsText,
    CueDocument,
)
from services.gateway.captions import document_of, documents_of, etag_of, found_track, making_of
from services.gateway.etags import matches, quoted
from services.gateway.links import Links
from services.gateway.principal import Principal, needs
from services.gateway.problems import described
from services.gateway.refusals import Refused
from services.gateway.texts import Texts
from services.gateway.view import TextTrack

IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description="A track's `ETag`: refuse if it is another.")
]
IfNoneMatch = Annotated[
    str | None, HeaderParameter(name="If-None-Match", description="A track's `ETag`: answer 304 if it is still this.")
]

_WRONG = described("The request is wrong, or the text; then the message names the line.")
_MISSING = described("The tenant has none of this id, or the asset no such track.")
_NOT_NOW = described("The asset is deleted, or was changed again and again meanwhile.")
_CHANGED = described("The track was changed since.")
_TOO_LARGE = described("The text is larger than 2 MiB.")
_CHECKED = "private, no-cache"
# As JSON a text of 2 MiB is longer, and as cues longer still.
_MOST_BODY_BYTES = 4 * MOST_BYTES


class CaptionsController(Controller):
    """Answers for text tracks."""

    path = "/v1/assets/{asset_id:str}/captions"
    tags = ("captions",)
    guards = (needs("read"),)

    @get(operation_id="list_captions", responses={400: described("The id is wrong."), 404: _MISSING, 409: _NOT_NOW})
    async def list_captions(
        self,
        asset_id: FromPath[str],
        principal: NamedDependency[Principal],
        texts: NamedDependency[Texts],
        output_links: NamedDependency[Links],
    ) -> CaptionsList:
        """List an asset's text tracks, also those that could not be made, with the reason."""
        return CaptionsList(documents_of(await texts.found(principal.tenant, asset_id), output_links))

    @post(
        operation_id="add_captions",
        guards=[needs("write")],
        status_code=201,
        request_max_body_size=_MOST_BODY_BYTES,
        responses={
            400: _WRONG,
            404: _MISSING,
            409: _NOT_NOW,
            413: _TOO_LARGE,
            422: described("It asks for both a text and a transcription, or for neither."),
        },
    )
    async def add_captions(
        self,
        *,
        asset_id: FromPath[str],
        data: JSONBody[CaptionsRequest],
        principal: NamedDependency[Principal],
        texts: NamedDependency[Texts],
        audit: NamedDependency[Audit],
        output_links: NamedDependency[Links],
    ) -> Response[CaptionsDocument]:
        """Add a text track from a WebVTT or SubRip file, or have what is said written down in another language.

        Players are offered it a moment later; what is transcribed is answered with 202, and made when there is room.
        """
        await texts.found(principal.tenant, asset_id)
        if data.transcribe is not None and data.text is None:
            seen, asked = await texts.transcribe(principal.tenant, asset_id, data.transcribe)
            return Response(making_of(seen, asked, output_links), status_code=202)
        if data.text is None or data.transcribe is not None:
            raise Refused(422, "captions_ambiguous", "Give either `text` or `transcribe`.")
        await audit.note(principal, "captions.added", asset_id)
        return _answer(await texts.add(principal.tenant, asset_id, data, data.text), output_links, status=201)

    @get(
        "/{track:str}",
        operation_id="get_captions",
        responses={400: described("The id is wrong."), 404: _MISSING, 409: _NOT_NOW},
    )
    async def get_captions(
        self,
        *,
        asset_id: FromPath[str],
        track: FromPath[str],
        principal: NamedDependency[Principal],
        texts: NamedDependency[Texts],
        output_links: NamedDependency[Links],
        if_none_match: IfNoneMatch = None,
    ) -> Response[CaptionsText | None]:
        """Return a text track with its cues."""
        own = found_track(await texts.found(principal.tenant, asset_id), track)
        headers = {"ETag": quoted(etag_of(own)), "Cache-Control": _CHECKED}
        if if_none_match is not None and matches(if_none_match, etag_of(own)):
            return Response(None, status_code=304, headers=headers)
        cues = [
            CueDocument(number=number, start_s=cue.start_s, end_s=cue.end_s, text=cue.text, settings=cue.settings)
            for number, cue in enumerate(await texts.cues(own))
        ]
        return Response(CaptionsText(captions=document_of(own, output_links), cue_list=cues), headers=headers)

    @patch(
        "/{track:str}",
        operation_id="change_captions",
        guards=[needs("write")],
        request_max_body_size=_MOST_BODY_BYTES,
        responses={400: _WRONG, 404: _MISSING, 409: _NOT_NOW, 412: _CHANGED, 413: _TOO_LARGE},
    )
    async def change_captions(
        self,
        *,
        asset_id: FromPath[str],
        track: FromPath[str],
        data: JSONBody[CaptionsChange],
        principal: NamedDependency[Principal],
        texts: NamedDependency[Texts],
        audit: NamedDependency[Audit],
        output_links: NamedDependency[Links],
        if_match: IfMatch = None,
    ) -> Response[CaptionsDocument]:
        """Edit a text track: some cues or all, its language, name or flags; it is a new version of it."""
        found_track(await texts.found(principal.tenant, asset_id), track)
        await audit.note(principal, "captions.changed", f"{asset_id}/{track}")
        return _answer(await texts.change(principal.tenant, asset_id, track, data, if_match), output_links)

    @delete(
        "/{track:str}",
        operation_id="remove_captions",
        guards=[needs("write")],
        status_code=200,
        responses={400: described("The id is wrong."), 404: _MISSING, 409: _NOT_NOW, 412: _CHANGED},
    )
    async def remove_captions(
        self,
        *,
        asset_id: FromPath[str],
        track: FromPath[str],
        principal: NamedDependency[Principal],
        texts: NamedDependency[Texts],
        audit: NamedDependency[Audit],
        output_links: NamedDependency[Links],
        if_match: IfMatch = None,
    ) -> CaptionsList:
        """Take a text track away from players and from the search; return those that are left."""
        found_track(await texts.found(principal.tenant, asset_id), track)
        await audit.note(principal, "captions.removed", f"{asset_id}/{track}")
        return CaptionsList(documents_of(await texts.remove(principal.tenant, asset_id, track, if_match), output_links))


def _answer(track: TextTrack, links: Links, status: int = 200) -> Response[CaptionsDocument]:
    return Response(document_of(track, links), status_code=status, headers={"ETag": quoted(etag_of(track))})
