"""Sessions: users log in, stay and leave."""

import hashlib
from typing import Any

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import JSONBody

from services.gateway.access_documents import Identity, Login, PasswordChange, RefreshRequest, SessionDocument
from services.gateway.addresses import address_of
from services.gateway.authentication import COOKIE
from services.gateway.credentials import credential_of
from services.gateway.origins import Origins
from services.gateway.principal import PUBLIC, Holder, Principal, for_all
from services.gateway.problems import described
from services.gateway.rates import Rate, Rates
from services.gateway.refusals import Refused
from services.gateway.sessions import ACCESS_LASTS, COOKIE_LASTS, SCOPES_OF, Sessions, Tokens
from services.gateway.users import Users

_OF_ADDRESS = Rate("login", burst=30, per_s=0.5)
_OF_USER = Rate("login", burst=5, per_s=1 / 30)
_REFUSALS = {
    400: described("The request is wrong."),
    401: described("What was sent opens nothing."),
    413: described("The body is larger than 64 KiB."),
    429: described("Too many attempts; `Retry-After` says when to come back."),
    503: described("The database is away."),
}


class SessionController(Controller):
    """Keeps sessions."""

    path = "/v1/sessions"
    tags = ("sessions",)

    @post(
        operation_id="open_session",
        opt=PUBLIC,
        responses={**_REFUSALS, 403: described("A page of another origin asks for a cookie.")},
    )
    async def open_session(
        self,
        data: JSONBody[Login],
        request: Request[Any, Any, Any],
        users: NamedDependency[Users],
        sessions: NamedDependency[Sessions],
        rates: NamedDependency[Rates],
        origins: NamedDependency[Origins],
    ) -> Response[SessionDocument]:
        """Log in: an access token for 15 minutes and a refresh token, or for a page a cookie for 12 hours."""
        if data.cookie:
            origins.check(request)
        await _slow_down(request, data.email, rates)
        account = await users.proven(data.email, data.password)
        if not data.cookie:
            return _answer(await sessions.open(account))
        cookie = await sessions.open_for_page(account)
        shown = SessionDocument(subject=account.user_id, tenant=account.tenant, scopes=sorted(SCOPES_OF[account.role]))
        return Response(shown, status_code=201, cookies=[_cookie(request, cookie.text)], headers=_UNKEPT)

    @post("/refresh", operation_id="refresh_session", opt=PUBLIC, responses=_REFUSALS)
    async def refresh_session(
        self,
        data: JSONBody[RefreshRequest],
        request: Request[Any, Any, Any],
        sessions: NamedDependency[Sessions],
        rates: NamedDependency[Rates],
    ) -> Response[SessionDocument]:
        """Exchange a refresh token, which works once: the same one a second time ends the session."""
        token = credential_of(data.refresh_token)
        if token is None or not token.identifier.startswith("hf_"):
            raise Refused(401, "refresh_refused", "This is no refresh token; log in again.")
        await rates.take(f"address {address_of(request)}", "refresh", _OF_ADDRESS)
        return _answer(await sessions.refresh(token))

    @get("/current", operation_id="get_identity", guards=[for_all])
    async def get_identity(self, principal: NamedDependency[Principal]) -> Identity:
        """Tell whose credentials these are; of keys, too."""
        return Identity(principal.subject, principal.tenant, sorted(principal.scopes), principal.operator)

    @put(
        "/current/password",
        operation_id="change_password",
        guards=[for_all],
        status_code=204,
        responses={403: described("The old password is another."), 404: described("A key has no password.")},
    )
    async def change_password(
        self,
        data: JSONBody[PasswordChange],
        holder: NamedDependency[Holder],
        users: NamedDependency[Users],
        rates: NamedDependency[Rates],
    ) -> None:
        """Take another password; the user's other sessions end, this one goes on."""
        if holder.session_id is None:
            raise Refused(404, "session_missing", "An API key has no password; only users who are logged in have.")
        await rates.take(f"password {holder.subject}", "password", _OF_USER)
        await users.change_own_password(holder, data)

    @delete(
        "/current",
        operation_id="close_session",
        guards=[for_all],
        status_code=204,
        responses={404: described("A key has no session.")},
    )
    async def close_session(
        self, request: Request[Any, Any, Any], holder: NamedDependency[Holder], sessions: NamedDependency[Sessions]
    ) -> Response[None]:
        """Log out: all tokens of the session and its cookie are void."""
        if holder.session_id is None:
            raise Refused(404, "session_missing", "An API key has no session; revoke it with DELETE /v1/keys/{id}.")
        await sessions.close(holder)
        return Response(None, status_code=204, cookies=[_cookie(request, "", lasts_s=0)])


_UNKEPT = {"Cache-Control": "no-store"}


async def _slow_down(request: Request[Any, Any, Any], email: str, rates: Rates) -> None:
    """Slow guessing down: of one address on the network, and of one user's password from all of them."""
    whom = hashlib.sha256(email.lower().encode()).hexdigest()[:32]
    await rates.take(f"address {address_of(request)}", "login", _OF_ADDRESS)
    await rates.take(f"login {whom}", "login", _OF_USER)


def _answer(tokens: Tokens) -> Response[SessionDocument]:
    shown = SessionDocument(
        subject=tokens.subject,
        tenant=tokens.tenant,
        scopes=sorted(tokens.scopes),
        access_token=tokens.access.text,
        access_expires_in_s=int(ACCESS_LASTS.total_seconds()),
        refresh_token=tokens.refresh.text,
    )
    return Response(shown, status_code=201, headers=_UNKEPT)


def _cookie(request: Request[Any, Any, Any], value: str, lasts_s: int = int(COOKIE_LASTS.total_seconds())) -> Cookie:
    is_secure = request.url.scheme == "https"
    return Cookie(key=COOKIE, value=value, max_age=lasts_s, httponly=True, secure=is_secure, samesite="lax")
