"""Passwords: hashed with argon2id, away from the event loop, and a few at a time since each hash takes 64 MiB."""

import asyncio
import secrets
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type, hash_secret_raw

from services.runtime.errors import Transient

T = TypeVar("T")

_AT_ONCE = 2
_MOST_WAITING = 32


class Passwords:
    """Hashes and compares with the second recommended parameters of RFC 9106: 3 passes over 64 MiB, 4 lanes."""

    def __init__(self) -> None:
        """Make nothing yet."""
        self._hasher = PasswordHasher()
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._asked = 0
        self._nobodys: str | None = None

    async def hashed(self, password: str) -> str:
        """Return the hash to keep, with its parameters and salt in it.

        Raises: Transient: ``passwords_busy``.
        """
        return await self._away(self._hasher.hash, password)

    async def matches(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is the one of a hash; without a hash it takes as long, and is not.

        Raises: Transient: ``passwords_busy``.
        """
        if self._nobodys is None:
            self._nobodys = await self.hashed(secrets.token_hex(32))
        try:
            await self._away(self._hasher.verify, kept or self._nobodys, password)
        except VerifyMismatchError:
            return False
        return kept is not None

    async def digest(self, text: bytes, salt: bytes) -> bytes:
        """Return what tells a text from others, and costs as much to guess the text from as a password's hash.

        Raises: Transient: ``passwords_busy``.
        """
        own = self._hasher
        costs = own.time_cost, own.memory_cost, own.parallelism
        return await self._away(hash_secret_raw, text, salt, *costs, own.hash_len, Type.ID)

    async def _away(self, work: Callable[..., T], *values: object) -> T:
        """Run work in a thread; guesses from everywhere must not queue up without end."""
        if self._asked >= _AT_ONCE + _MOST_WAITING:
            raise Transient("passwords_busy", "Too many people log in just now; try again in a moment.")
        self._asked += 1
        try:
            async with self._free:
                return await asyncio.to_thread(work, *values)
        finally:
            self._asked -= 1
