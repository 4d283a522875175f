"""``Idempotency-Key`` on POSTs: the first answer is kept for 24 h, and is the answer to repetitions, done only once.

Source: draft-ietf-httpapi-idempotency-key-header-07. Only answers that say "done" are kept: after a refusal the same
key may be tried again. An answer that holds a secret is not kept; its repetition is told that it was done. Of a request
that holds one a digest is kept that costs as much to guess from as the secret's own hash. URLs that expire are signed
anew.
"""

import hashlib
import re
from datetime import datetime
from typing import Any

import asyncpg
from litestar import Request, Response
from litestar.types import Message, Scope
from msgspec import Struct

from services.gateway.database import Database
from services.gateway.passwords import Passwords
from services.gateway.principal import AnyConnection, Principal
from services.gateway.refusals import Refused

HEADER = "Idempotency-Key"
SECRET_ANSWER = {"secret_answer": True}
"""What a handler gives as ``opt`` when its answer must not be kept."""

SECRET_REQUEST = {"secret_request": True}
"""What a handler gives as ``opt`` when people choose a secret in its body."""

SIGNED_ANSWER = {"signed_answer": True}
"""What a handler gives as ``opt`` whose answer holds URLs that expire: by the first one it answers repetitions, too."""

KEY_PATTERN = r'"?([!#-~]{1,255}?)"?'
_KEY = re.compile(KEY_PATTERN)
_STATE = "idempotency"
_FIRST = "first_answer"
_REPLAYED = {"Idempotency-Replayed": "true"}

_RESERVE = """
    INSERT INTO idempotency AS i (tenant, route, idempotency_key, request_hash) VALUES ($1, $2, $3, $4)
    ON CONFLICT (tenant, route, idempotency_key) DO UPDATE
    SET request_hash = excluded.request_hash, started_at = now(), status = NULL, media_type = NULL, body = NULL
    WHERE i.started_at < now() - interval '24 hours'
       OR (i.status IS NULL AND i.started_at < now() - interval '1 minute')  -- its gateway died at work
    RETURNING started_at
"""
_KEPT = """
    SELECT request_hash, status, media_type, body FROM idempotency
    WHERE tenant = $1 AND route = $2 AND idempotency_key = $3
"""
# Whoever works longer than a minute may find that another has taken over: it is theirs to answer then.
_OWN = "tenant = $1 AND route = $2 AND idempotency_key = $3 AND started_at = $4 AND status IS NULL"
_KEEP = f"UPDATE idempotency SET status = $5, media_type = $6, body = $7 WHERE {_OWN}"  # noqa: S608 (our own text)
_RELEASE = f"DELETE FROM idempotency WHERE {_OWN}"  # noqa: S608 (our own text)


class _Reserved(Struct):
    """A request at work under a key, and what is seen of its answer."""

    place: tuple[str, str, str]
    started_at: datetime
    is_secret: bool
    status: int = 0
    media_type: str = ""
    body: bytes = b""


class FirstAnswer(Struct, frozen=True):
    """What the first request with the same key was answered; None when this is the first."""

    body: bytes | None


def first_answer_of(request: AnyConnection) -> FirstAnswer:
    """Return the first answer; the dependency ``first_answer`` of handlers that say ``SIGNED_ANSWER``."""
    return FirstAnswer(request.scope["state"].get(_FIRST))


class Idempotency:
    """Keeps answers; ``before`` and ``sent`` are hooks of the application."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        """Use a database; hide secrets as passwords are hidden."""
        self._database = database
        self._passwords = passwords

    async def before(self, request: Request[Any, Any, Any]) -> Response[bytes] | None:
        """Return the kept answer of a repeated request, or None when the handler is to work.

        Raises: Refused: ``idempotency_key_invalid``, ``idempotency_key_reused``, ``idempotency_in_progress``,
        ``idempotency_secret_shown``. Transient: ``database_unavailable``, ``passwords_busy``.
        """
        key = request.headers.get(HEADER)
        principal = request.scope.get("user")
        if request.method != "POST" or key is None or not isinstance(principal, Principal):
            return None
        found = _KEY.fullmatch(key)
        if found is None:
            message = "An Idempotency-Key has 1 to 255 visible ASCII characters."
            raise Refused(400, "idempotency_key_invalid", message)
        place = (principal.tenant, f"POST {request.url.path}", found[1])
        request_hash = await self._digest(request, place)
        if own := await self._database.row(_RESERVE, *place, request_hash):
            is_secret = bool(request.route_handler.opt.get("secret_answer"))
            request.scope["state"][_STATE] = _Reserved(place, own["started_at"], is_secret)
            return None
        kept = await self._kept(place, request_hash)
        if request.route_handler.opt.get("signed_answer"):
            request.scope["state"][_FIRST] = kept["body"]
            return None
        return Response(kept["body"], status_code=kept["status"], media_type=kept["media_type"], headers=_REPLAYED)

    async def sent(self, message: Message, scope: Scope) -> None:
        """Keep the answer before its last byte leaves; so whoever saw it can rely on its repetition."""
        state = scope.get("state", {})
        if _FIRST in state and message["type"] == "http.response.start":
            told = [(name.lower().encode(), value.encode()) for name, value in _REPLAYED.items()]
            message["headers"] = [*message["headers"], *told]
        reserved: _Reserved | None = state.get(_STATE)
        if reserved is None:
            return
        if message["type"] == "http.response.start":
            reserved.status = message["status"]
            headers = {name.lower(): value for name, value in message["headers"]}
            reserved.media_type = headers.get(b"content-type", b"application/json").decode("latin-1")
        elif message["type"] == "http.response.body":
            reserved.body += message["body"]
            if not message["more_body"]:
                await self._settle(reserved)

    async def _digest(self, request: Request[Any, Any, Any], place: tuple[str, str, str]) -> bytes:
        # The same body with other parameters is another request.
        asked = request.url.query.encode() + b"\n" + await request.body()
        if not request.route_handler.opt.get("secret_request"):
            return hashlib.sha256(asked).digest()
        return await self._passwords.digest(asked, salt=hashlib.sha256("\n".join(place).encode()).digest())

    async def _settle(self, reserved: _Reserved) -> None:
        own = (*reserved.place, reserved.started_at)
        if reserved.status in range(200, 300):
            body = None if reserved.is_secret else reserved.body
            await self._database.fetch(_KEEP, *own, reserved.status, reserved.media_type, body)
        else:
            await self._database.fetch(_RELEASE, *own)

    async def _kept(self, place: tuple[str, str, str], request_hash: bytes) -> asyncpg.Record:
        kept = await self._database.row(_KEPT, *place)
        if kept is None or (kept["status"] is None and kept["request_hash"] == request_hash):
            message = "The first request with this Idempotency-Key is still at work; ask again in a moment."
            raise Refused(409, "idempotency_in_progress", message, {"Retry-After": "1"})
        if kept["request_hash"] != request_hash:
            message = "This Idempotency-Key came with another request before; take a new one."
            raise Refused(422, "idempotency_key_reused", message)
        if kept["body"] is None:
            message = "This was done by the first request; its secret is shown only once. Revoke it and make another."
            raise Refused(409, "idempotency_secret_shown", message)
        return kept
