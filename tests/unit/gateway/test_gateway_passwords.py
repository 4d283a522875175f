"""Passwords are compared away from the event loop, and not by more people than there is memory for."""

import asyncio

import pytest

from services.gateway.passwords import Passwords
from services.runtime.errors import Transient


async def test_only_the_right_password_matches_and_never_without_a_hash() -> None:
    passwords = Passwords()
    kept = await passwords.hashed("correct horse battery staple")
    assert await passwords.matches(kept, "correct horse battery staple")
    assert not await passwords.matches(kept, "wrong")
    assert not await passwords.matches(None, "correct horse battery staple")


async def test_two_hashes_of_one_password_differ() -> None:
    passwords = Passwords()
    assert await passwords.hashed("same") != await passwords.hashed("same")


async def test_who_comes_when_too_many_wait_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords()
    go = asyncio.Event()

    async def held_up(*_: object) -> str:
        await go.wait()
        return "hash"

    monkeypatch.setattr("services.gateway.passwords.asyncio.to_thread", held_up)
    waiting = [asyncio.create_task(passwords.hashed("a")) for _ in range(34)]
    await asyncio.sleep(0)
    with pytest.raises(Transient, match="passwords_busy"):
        await passwords.hashed("a")
    go.set()
    assert set(await asyncio.gather(*waiting)) == {"hash"}
    assert await passwords.hashed("a") == "hash"
