"""Passwords: hashed with argon2id, away from the event loop, and a few at a time since each hash takes 64 MiB."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

_AT_ONCE = 2


class Passwords:
    """Hashes and compares with the second recommended parameters of RFC 9106: 3 passes over 64 MiB, 4 lanes."""

    def __init__(self) -> None:
        """Make nothing yet."""
        self._hasher = PasswordHasher()
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._nobodys: str | None = None

    async def hashed(self, password: str) -> str:
        """Return the hash to keep, with its parameters and salt in it."""
        async with self._free:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is the one of a hash; without a hash it takes as long, and is not."""
        if self._nobodys is None:
            self._nobodys = await self.hashed(secrets.token_hex(32))
        async with self._free:
            try:
                await asyncio.to_thread(self._hasher.verify, kept or self._nobodys, password)
            except VerifyMismatchError:
                return False
        return kept is not None
