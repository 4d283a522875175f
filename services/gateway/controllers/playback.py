"""Playback of signed assets: tokens, playlists, and the way to segments in the store."""

import re
from http import HTTPStatus
from pathlib import PurePosixPath
from time import time
from typing import Annotated

from litestar import Controller, Response, get, post, route
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from contracts.keys import PRIVATE
from services.gateway.audit import Audit
from services.gateway.catalog import Catalog
from services.gateway.decide import playback_of
from services.gateway.idempotency import SECRET_ANSWER
from services.gateway.links import Links
from services.gateway.playback_documents import PlayerDocument, TokenAnswer, TokenRequest, Watermark
from services.gateway.playback_tokens import PlaybackToken, signed, token_of
from services.gateway.principal import PUBLIC, Principal, needs
from services.gateway.problems import described
from services.gateway.refusals import Refused
from services.gateway.signing_keys import SigningKeys
from services.runtime.errors import Permanent
from services.runtime.settings import Settings
from services.runtime.store import CHECKED, Store

PLAYLISTS = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".vtt": "text/vtt; charset=utf-8",
}
"""What the gateway itself sends: files whose relative links must keep the token."""

LONGEST_LOAN_S = 300
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, ETag",
    "Access-Control-Max-Age": "3600",
}
_RELATIVE = re.compile(r"/[A-Za-z0-9_-]+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
_PATH = "/{token:str}/{asset_id:str}/{relative:path}"
_PLAYERS = PUBLIC | {"playback": True, "refusal_headers": _CORS}


Token = Annotated[str, QueryParameter(max_length=200, description="Opens an asset whose playback is signed.")]


class PlaybackController(Controller):
    """Opens signed assets."""

    path = "/v1/playback"
    tags = ("playback",)

    @post(
        "/tokens",
        operation_id="create_playback_token",
        guards=[needs("playback:sign")],
        opt=SECRET_ANSWER,
        responses={
            400: described("The request is wrong."),
            404: described("There is no such asset."),
            409: described("The asset is public, or there is no such key."),
        },
    )
    async def create_playback_token(
        self,
        data: JSONBody[TokenRequest],
        *,
        catalog: NamedDependency[Catalog],
        output_links: NamedDependency[Links],
        signing_keys: NamedDependency[SigningKeys],
        audit: NamedDependency[Audit],
        principal: NamedDependency[Principal],
    ) -> TokenAnswer:
        """Sign a token for one asset. Whoever holds the key's secret can do the same without asking."""
        row = await catalog.asset(principal.tenant, data.asset_id)
        if row is None:
            raise Refused(404, "asset_missing", "There is no such asset, or its file has not arrived yet.")
        if row.view.playback_policy == "public":
            raise Refused(409, "asset_public", "The asset is public; its URLs need no token.")
        key = await signing_keys.signing(principal.tenant, data.key_id)
        if key is None:
            raise Refused(409, "signing_key_missing", "No key can sign this; make one with POST /v1/signing-keys.")
        await audit.note(principal, "playback_token.created", data.asset_id)
        token = signed(*key, data.asset_id, int(time()) + data.expires_in_s)
        return TokenAnswer(token.text, token.key_id, token.expires, playback_of(row.view, output_links, token.text))

    @get(
        "/{playback_id:str}",
        operation_id="get_player",
        opt=_PLAYERS,
        responses={
            400: described("The request is wrong."),
            403: described("The token does not open this."),
            404: described("There is nothing of this id to play."),
            429: described("Too many requests of this address; `Retry-After` says when to come back."),
        },
    )
    async def get_player(
        self,
        playback_id: FromPath[str],
        *,
        catalog: NamedDependency[Catalog],
        output_links: NamedDependency[Links],
        signing_keys: NamedDependency[SigningKeys],
        settings: NamedDependency[Settings],
        token: Token = "",
    ) -> Response[PlayerDocument]:
        """Say where an asset is played, to anybody: a public one by its id alone, another with a token."""
        row = await catalog.played(playback_id) if playback_id.isalnum() else None
        if row is None or row.view.deleted_at is not None:
            raise Refused(404, "asset_missing", "There is no such video; perhaps it was deleted.", _CORS)
        view = row.view
        if view.playback_policy != "public":
            await _left_s(token_of(token), playback_id, signing_keys)
        playback = playback_of(view, output_links, token)
        told = PlayerDocument(view.title, view.duration_s, playback, _watermark(settings))
        return Response(told, headers={"Cache-Control": "no-store"} | _CORS)

    @get(
        _PATH,
        operation_id="play",
        opt=_PLAYERS,
        responses={
            200: ResponseSpec(bytes, description="A playlist.", media_type="application/vnd.apple.mpegurl"),
            302: ResponseSpec(
                None, description="Where the store has it, for the next minutes.", generate_examples=False
            ),
            400: described("The request is wrong."),
            403: described("The token does not open this."),
            404: described("There is no such file."),
            429: described("Too many requests of this address; `Retry-After` says when to come back."),
        },
    )
    async def play(
        self,
        token: FromPath[str],
        asset_id: FromPath[str],
        relative: FromPath[str],
        *,
        store: NamedDependency[Store],
        signing_keys: NamedDependency[SigningKeys],
    ) -> Response[bytes]:
        """Send a playlist, or lead to the store for all else; `relative` begins with the recipe.

        Browsers that play HLS themselves need `<video crossorigin="anonymous">`, as segments come from the store.
        """
        left_s = await _left_s(token_of(token), asset_id, signing_keys)
        if not _RELATIVE.fullmatch(relative):
            raise _missing()
        key = f"{PRIVATE}{asset_id}{relative}"
        media_type = PLAYLISTS.get(PurePosixPath(relative).suffix)
        if media_type is None:
            # What was lent must not outlive the token, nor the answer what was lent.
            loan_s = min(LONGEST_LOAN_S, left_s)
            headers = {"Location": await store.presigned_read(key, expires_s=loan_s)}
            headers["Cache-Control"] = f"private, max-age={loan_s // 2}"
            return Response(b"", status_code=HTTPStatus.FOUND, headers=headers | _CORS)
        try:
            body = await store.get(key)
        except Permanent as error:
            raise _missing() from error
        return Response(body, media_type=media_type, headers={"Cache-Control": CHECKED} | _CORS)

    @route(_PATH, http_method="OPTIONS", opt=_PLAYERS, include_in_schema=False, status_code=204)
    async def allow_play(self) -> Response[None]:
        """Let pages from anywhere play: the token, not the page, is what opens."""
        return Response(None, status_code=204, headers=_CORS)


async def _left_s(token: PlaybackToken | None, asset_id: str, signing_keys: SigningKeys) -> int:
    """Return for how many seconds a token still opens an asset.

    Raises: Refused: ``token_refused``, ``token_expired``.
    """
    secret = await signing_keys.opening(token.key_id, asset_id) if token and asset_id.isalnum() else None
    if token is None or secret is None or not token.opens(asset_id, secret):
        raise Refused(
            403, "token_refused", "The token does not open this; ask whoever gave it to you for another.", _CORS
        )
    left_s = token.expires - int(time())
    if left_s <= 0:
        raise Refused(403, "token_expired", "The token has expired; ask whoever gave it to you for another.", _CORS)
    return left_s


def _watermark(settings: Settings) -> Watermark | None:
    text, image = settings.watermark_text or None, settings.watermark_image or None
    if text is None and image is None:
        return None
    size = settings.watermark_size or None
    return Watermark(text, image, settings.watermark_position, settings.watermark_opacity, size)


def _missing() -> Refused:
    return Refused(404, "output_missing", "There is no such file, or it has not been made yet.", _CORS)
