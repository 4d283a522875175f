"""The table of users; its shape is ``infra/postgres/migrations``."""

import secrets

import asyncpg
from msgspec import Struct

from services.gateway import audit
from services.gateway.access_documents import PasswordChange, Role, UserChange, UserDocument, UserRequest
from services.gateway.database import Database
from services.gateway.passwords import Passwords
from services.gateway.principal import Holder, Principal
from services.gateway.refusals import Refused

_ADD = """
    INSERT INTO users (user_id, tenant, email, role, password_hash) VALUES ($1, $2, $3, $4, $5)
    RETURNING user_id, email, role, created_at
"""
_LIST = """
    SELECT user_id, email, role, created_at FROM users WHERE tenant = $1 AND user_id > $2 ORDER BY user_id LIMIT $3
"""
_CHANGE = """
    UPDATE users SET role = coalesce($3, role), password_hash = coalesce($4, password_hash)
    WHERE user_id = $1 AND tenant = $2
    RETURNING user_id, email, role, created_at
"""
_CLOSE = "UPDATE sessions SET closed_at = now() WHERE user_id = $1 AND closed_at IS NULL"
_OWN = "SELECT password_hash FROM users WHERE user_id = $1"
# Of two changes at once, one was made with a password that is the old one no more.
_CHANGE_OWN = "UPDATE users SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2 RETURNING 1"
_CLOSE_OTHERS = f"{_CLOSE} AND session_id <> $2"
_REMOVE = "DELETE FROM users WHERE user_id = $1 AND tenant = $2 RETURNING 1"
_ACCOUNT = "SELECT user_id, tenant, role, password_hash FROM users WHERE lower(email) = lower($1)"

_MISSING = "There is no such user; GET /v1/users lists them."


class Account(Struct, frozen=True):
    """What a login is compared with."""

    user_id: str
    tenant: str
    role: Role
    password_hash: str


class Users:
    """Reads and writes users; every method may raise Transient ``database_unavailable``."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        """Use a database."""
        self._database = database
        self._passwords = passwords

    async def add(self, principal: Principal, asked: UserRequest) -> UserDocument:
        """Make a user of the principal's tenant.

        Raises: Refused: ``email_taken``, ``tenant_missing``.
        """
        user_id = f"us_{secrets.token_hex(8)}"
        kept = await self._passwords.hashed(asked.password)
        try:
            async with self._database.transaction() as connection:
                row = await connection.fetchrow(_ADD, user_id, principal.tenant, asked.email, asked.role, kept)
                await audit.note(connection, principal.tenant, principal.subject, "user.created", user_id)
        except asyncpg.UniqueViolationError as error:
            raise Refused(409, "email_taken", "A user has this address already; take another.") from error
        except asyncpg.ForeignKeyViolationError as error:
            raise Refused(404, "tenant_missing", f"There is no tenant {principal.tenant}; make it first.") from error
        assert row is not None
        return UserDocument(**row)

    async def listed(self, tenant: str, after: str, limit: int) -> list[UserDocument]:
        """Return users of a tenant in the order of their ids, that come after one."""
        return [UserDocument(**row) for row in await self._database.fetch(_LIST, tenant, after, limit)]

    async def change(self, principal: Principal, user_id: str, asked: UserChange) -> UserDocument:
        """Give a user another role, another password or both; their sessions end.

        Raises: Refused: ``user_missing``.
        """
        kept = None if asked.password is None else await self._passwords.hashed(asked.password)
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_CHANGE, user_id, principal.tenant, asked.role, kept)
            if row is None:
                raise Refused(404, "user_missing", _MISSING)
            await connection.execute(_CLOSE, user_id)
            await audit.note(connection, principal.tenant, principal.subject, "user.changed", user_id)
        return UserDocument(**row)

    async def change_own_password(self, holder: Holder, asked: PasswordChange) -> None:
        """Give the user of a session another password; their other sessions end.

        Raises: Refused: ``password_refused``.
        """
        kept = await self._database.row(_OWN, holder.subject)
        if not await self._passwords.matches(kept["password_hash"] if kept else None, asked.old_password):
            raise _refused_password()
        assert kept is not None
        new = await self._passwords.hashed(asked.new_password)
        async with self._database.transaction() as connection:
            if not await connection.fetchval(_CHANGE_OWN, holder.subject, kept["password_hash"], new):
                raise _refused_password()
            await connection.execute(_CLOSE_OTHERS, holder.subject, holder.session_id)
            await audit.note(connection, holder.tenant, holder.subject, "user.password_changed", holder.subject)

    async def remove(self, principal: Principal, user_id: str) -> None:
        """Delete a user, with their sessions.

        Raises: Refused: ``user_missing``.
        """
        async with self._database.transaction() as connection:
            if not await connection.fetchval(_REMOVE, user_id, principal.tenant):
                raise Refused(404, "user_missing", _MISSING)
            await audit.note(connection, principal.tenant, principal.subject, "user.deleted", user_id)

    async def proven(self, email: str, password: str) -> Account:
        """Return the user whose address and password these are.

        Raises: Refused: ``login_refused``, the same and after the same time whichever is wrong.
        """
        row = await self._database.row(_ACCOUNT, email)
        account = Account(**row) if row else None
        kept = account.password_hash if account else None
        if not await self._passwords.matches(kept, password) or account is None:
            async with self._database.transaction() as connection:
                tenant, target = (account.tenant, account.user_id) if account else (None, "nobody")
                await audit.note(connection, tenant, "unknown", "login.refused", target)
            raise refused_login()
        return account


def refused_login() -> Refused:
    """Return what a login is answered whose address or password is not right."""
    return Refused(401, "login_refused", "No user has this address and this password; check both.")


def _refused_password() -> Refused:
    return Refused(403, "password_refused", "The old password is another; type it again, or ask your administrator.")
