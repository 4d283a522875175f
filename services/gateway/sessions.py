"""The tables of sessions and their tokens; their shape is ``infra/postgres/migrations``."""

import secrets
from datetime import timedelta
from typing import Any

from asyncpg.pool import PoolConnectionProxy
from msgspec import Struct

from services.gateway import audit
from services.gateway.access_documents import Role
from services.gateway.credentials import Credential, Kind, new_credential
from services.gateway.database import Database
from services.gateway.principal import Admitted, Holder, Scope
from services.gateway.rates import Rate, granted, taking
from services.gateway.refusals import Refused
from services.gateway.users import Account, refused_login

ACCESS_LASTS = timedelta(minutes=15)
SESSION_LASTS = timedelta(days=30)
COOKIE_LASTS = timedelta(hours=12)

SCOPES_OF: dict[Role, frozenset[Scope]] = {
    "viewer": frozenset({"read"}),
    "editor": frozenset({"read", "write", "playback:sign"}),
    "admin": frozenset({"admin"}),
}

# Whoever changes the password meanwhile, or deletes the user, ends this session too, or keeps it from being opened.
_OPEN = """
    INSERT INTO sessions (session_id, user_id, expires_at)
    SELECT $1, user_id, now() + $3::interval FROM users WHERE user_id = $2 AND password_hash = $4 FOR SHARE
    RETURNING 1
"""
_GIVE = """
    INSERT INTO session_tokens (token_id, session_id, secret_hash, expires_at)
    VALUES ($1, $2, $3, now() + $4::interval)
"""
_ADMIT = taking("""
    SELECT u.user_id AS subject, u.tenant, u.role, s.session_id
    FROM session_tokens t JOIN sessions s USING (session_id) JOIN users u USING (user_id)
    WHERE t.token_id = $4 AND t.secret_hash = $5
      AND least(t.expires_at, s.expires_at) > now() AND s.closed_at IS NULL
""")
_SPEND = """
    UPDATE session_tokens t SET spent_at = now() FROM sessions s JOIN users u USING (user_id)
    WHERE t.token_id = $1 AND t.secret_hash = $2 AND t.spent_at IS NULL AND s.session_id = t.session_id
      AND s.closed_at IS NULL AND s.expires_at > now()
    RETURNING s.session_id, u.user_id, u.tenant, u.role
"""
_END_REUSED = """
    UPDATE sessions s SET closed_at = now() FROM session_tokens t, users u
    WHERE t.token_id = $1 AND t.secret_hash = $2 AND t.spent_at IS NOT NULL AND s.session_id = t.session_id
      AND u.user_id = s.user_id AND s.closed_at IS NULL
    RETURNING u.user_id, u.tenant
"""
_DROP_ACCESS = "DELETE FROM session_tokens WHERE session_id = $1 AND token_id LIKE 'ha\\_%'"
_CLOSE = "UPDATE sessions SET closed_at = now() WHERE session_id = $1 AND closed_at IS NULL"


class Tokens(Struct, frozen=True):
    """What a client of the API holds; ``refresh`` can be used once."""

    access: Credential
    refresh: Credential
    scopes: frozenset[Scope]
    subject: str
    tenant: str


class Sessions:
    """Opens, carries on and ends sessions; every method may raise Transient ``database_unavailable``."""

    def __init__(self, database: Database) -> None:
        """Use a database."""
        self._database = database

    async def admitted(self, token: Credential, route: str, rate: Rate) -> Admitted | None:
        """Let the user of an access token or a cookie ask a route once; return None when it is wrong or out of time.

        Raises: Refused: ``rate_limited``.
        """
        given = token.identifier, token.secret_hash
        row = await self._database.row(_ADMIT, route, float(rate.burst), rate.per_s, *given)
        if row is None:
            return None
        holder = Holder(row["tenant"], SCOPES_OF[row["role"]], row["subject"], row["session_id"])
        return Admitted(holder, granted(row, rate))

    async def open(self, account: Account) -> Tokens:
        """Open a session of a client that keeps tokens.

        Raises: Refused: ``login_refused``, when the password was changed since it was proven, or the user deleted.
        """
        async with self._database.transaction() as connection:
            session_id = await _opened(connection, account, SESSION_LASTS)
            return await _tokens(connection, session_id, account.user_id, account.tenant, account.role)

    async def open_for_page(self, account: Account) -> Credential:
        """Open a session of a page, and return its cookie.

        Raises: Refused: ``login_refused``, as ``open``.
        """
        async with self._database.transaction() as connection:
            session_id = await _opened(connection, account, COOKIE_LASTS)
            return await _given(connection, session_id, "hc", COOKIE_LASTS)

    async def refresh(self, token: Credential) -> Tokens:
        """Exchange a refresh token for new tokens.

        A token that comes a second time was stolen, or its successor was: the session ends for both who hold one.

        Raises: Refused: ``refresh_refused``.
        """
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_SPEND, token.identifier, token.secret_hash)
            if row is not None:
                await connection.execute(_DROP_ACCESS, row["session_id"])
                return await _tokens(connection, row["session_id"], row["user_id"], row["tenant"], row["role"])
            reused = await connection.fetchrow(_END_REUSED, token.identifier, token.secret_hash)
            if reused is not None:
                await audit.note(connection, reused["tenant"], reused["user_id"], "session.reused", token.identifier)
        raise Refused(401, "refresh_refused", "This refresh token is used up or its session is over; log in again.")

    async def close(self, holder: Holder) -> None:
        """End a session: none of its tokens opens anything any more."""
        async with self._database.transaction() as connection:
            await connection.execute(_CLOSE, holder.session_id)
            await audit.note(connection, holder.tenant, holder.subject, "session.closed", holder.session_id or "")


async def _opened(connection: "PoolConnectionProxy[Any]", account: Account, lasts: timedelta) -> str:
    session_id = f"se_{secrets.token_hex(8)}"
    if not await connection.fetchval(_OPEN, session_id, account.user_id, lasts, account.password_hash):
        raise refused_login()
    await audit.note(connection, account.tenant, account.user_id, "session.opened", session_id)
    return session_id


async def _tokens(
    connection: "PoolConnectionProxy[Any]", session_id: str, user_id: str, tenant: str, role: Role
) -> Tokens:
    return Tokens(
        access=await _given(connection, session_id, "ha", ACCESS_LASTS),
        refresh=await _given(connection, session_id, "hf", SESSION_LASTS),
        scopes=SCOPES_OF[role],
        subject=user_id,
        tenant=tenant,
    )


async def _given(connection: "PoolConnectionProxy[Any]", session_id: str, kind: Kind, lasts: timedelta) -> Credential:
    token = new_credential(kind)
    await connection.execute(_GIVE, token.identifier, session_id, token.secret_hash, lasts)
    return token
