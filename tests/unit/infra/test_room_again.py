"""A server that says that the disk is full when it is not is started again; others are left alone."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from infra.local import room_again
from infra.local.room_again import LogTail, restart_stuck
from tests.processes import PATIENCE_S

FULL = "write 1.blk: no space left on device\n"


class Server:
    """Counts how often it is started again."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.restarted = asyncio.Event()
        self.restarts = 0

    def restart(self, *, at_once: bool) -> None:
        assert at_once == (self.name == "seaweedfs")
        self.restarts += 1
        self.restarted.set()


async def test_only_who_still_says_full_once_there_is_room_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = [Server(name) for name in ("nats", "seaweedfs", "postgres", "gateway")]
    for server in servers:
        (tmp_path / f"{server.name}.log").write_text(FULL)
    looked, free = asyncio.Event(), 124

    def free_bytes(_: str) -> int:
        looked.set()
        return free

    monkeypatch.setattr(room_again, "LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(room_again, "LOOK_CLOSELY_EVERY_S", 0.001)
    monkeypatch.setattr(room_again, "FULL_BYTES", 10)
    monkeypatch.setattr(room_again, "free_bytes", free_bytes)
    watching = asyncio.create_task(restart_stuck(tmp_path, lambda: cast("Any", servers), [tmp_path], 100))

    async def some_looks() -> None:
        for _ in range(3):
            looked.clear()
            await asyncio.wait_for(looked.wait(), PATIENCE_S)

    await some_looks()
    for server in servers:
        (tmp_path / f"{server.name}.log").write_text(FULL * 2)
    await some_looks()
    assert not any(server.restarts for server in servers), "there is no room yet"
    free = 125
    await some_looks()
    assert not any(server.restarts for server in servers), "they said so before there was room"
    for server in servers:
        (tmp_path / f"{server.name}.log").write_text(FULL * (2 if server.name == "seaweedfs" else 3))
    await asyncio.wait_for(servers[0].restarted.wait(), PATIENCE_S)
    await some_looks()
    watching.cancel()
    assert [server.restarts for server in servers] == [1, 0, 0, 0]


async def test_the_store_is_started_again_once_after_a_full_disk_whether_it_says_so_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = [Server(name) for name in ("nats", "seaweedfs", "gateway")]
    for server in servers:
        (tmp_path / f"{server.name}.log").write_text("")
    assert await restarts_after_a_full_disk(servers, tmp_path, monkeypatch) == [0, 1, 0]


async def test_whose_log_was_deleted_to_make_room_is_started_again_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = [Server("nats"), Server("postgres")]
    (tmp_path / "nats.log").write_text(FULL)
    assert await restarts_after_a_full_disk(servers, tmp_path, monkeypatch, (tmp_path / "nats.log").unlink) == [1, 0]


def test_a_log_that_was_emptied_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "nats.log"
    log.write_text("long ago\n")
    tail = LogTail(log)
    assert tail.added() == b""
    log.write_text(FULL[:5])
    assert tail.added() == FULL[:5].encode()
    log.unlink()
    assert tail.added() is None


async def restarts_after_a_full_disk(
    servers: list[Server], logs: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None] = lambda: None
) -> list[int]:
    """Return how often each server was started again after the disk was full; ``meanwhile`` somebody does something."""
    free, looks = [200, 9, 124, 125, 126, 127], asyncio.Event()

    def free_bytes(_: str) -> int:
        if len(free) == 1:
            looks.set()
            return free[0]
        if len(free) == 5:
            meanwhile()
        return free.pop(0)

    for name in ("LOOK_EVERY_S", "LOOK_CLOSELY_EVERY_S"):
        monkeypatch.setattr(room_again, name, 0.001)
    monkeypatch.setattr(room_again, "FULL_BYTES", 10)
    monkeypatch.setattr(room_again, "free_bytes", free_bytes)
    watching = asyncio.create_task(restart_stuck(logs, lambda: cast("Any", servers), [logs], 100))
    await asyncio.wait_for(looks.wait(), PATIENCE_S)
    watching.cancel()
    return [server.restarts for server in servers]
