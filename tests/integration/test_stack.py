"""The embedded stack: what it keeps, whom it lets in, and that it leaves nothing behind."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import nats.errors
import pytest
from nats.aio.client import Client

from infra.local.errors import StackError
from infra.local.folder import read_running
from infra.local.stack import Stack, embedded
from services.runtime.errors import Transient
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.processes import PATIENCE_S, processes_with, until

SERVERS = ["nats", "postgres", "seaweedfs"]
DATA = b"kept" * 100_000
AWAY = (OSError, nats.errors.Error, asyncpg.PostgresError, asyncpg.InternalClientError, Transient)

RUN_A_STACK = """
import asyncio, sys
from pathlib import Path
from infra.local.stack import embedded

async def main():
    async with embedded(Path(sys.argv[1]), environment={}):
        print("up", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Return a stack whose servers may be killed."""
    async with embedded(tmp_path_factory.mktemp("own"), environment={}) as stack:
        yield stack


async def connect(settings: Settings) -> Client:
    assert settings.nats_password is not None
    password = settings.nats_password.get_secret_value()
    return await nats.connect(settings.nats_url, user=settings.nats_user, password=password, allow_reconnect=False)


async def write(settings: Settings) -> None:
    """Put one thing into each server."""
    connection = await connect(settings)
    await connection.jetstream().publish("bucket.feed", DATA)
    await connection.close()
    database = await asyncpg.connect(settings.database_url.get_secret_value())
    await database.execute("CREATE TABLE kept AS SELECT 1")
    await database.close()
    async with Store.connect(settings) as store:
        await store.put("uploads/kept", DATA, content_type="video/mp4")


async def check(settings: Settings) -> None:
    """See that what was written is there."""
    connection = await connect(settings)
    assert (await connection.jetstream().get_msg("BUCKET", 1)).data == DATA
    await connection.close()
    database = await asyncpg.connect(settings.database_url.get_secret_value())
    assert await database.fetchval("SELECT count(*) FROM kept") == 1
    await database.close()
    async with Store.connect(settings) as store:
        assert await store.get("uploads/kept") == DATA


async def test_killed_servers_come_back_with_their_data(own: Stack) -> None:
    await write(own.settings)
    before = own.running.pids
    assert sorted(before) == SERVERS
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    await until(lambda: set(own.running.pids) == set(before) and not {*own.running.pids.values()} & {*before.values()})
    stated = read_running(own.folder.path)
    assert stated is not None
    assert stated.pids == own.running.pids
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await check(own.settings)
            except AWAY:
                await asyncio.sleep(0.05)


async def test_a_second_stack_in_the_same_folder_is_refused(own: Stack) -> None:
    with pytest.raises(StackError, match=rf"runs already in {own.folder.path} \(process {os.getpid()}\); stop it"):
        async with embedded(own.folder.path, environment={}):
            raise AssertionError
    assert read_running(own.folder.path) == own.running


def test_what_is_written_about_it_is_for_its_owner_only(own: Stack) -> None:
    secret = own.settings.store_secret_key.get_secret_value()
    holders = {
        path
        for path in own.folder.path.rglob("*")
        if path.is_file() and path.suffix != ".dat" and secret.encode() in path.read_bytes()
    }
    assert {path.name for path in holders} == {"stack.json", "state.json", "s3.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in holders} == {0o600}


async def test_an_external_stack_is_prepared_and_not_started(own: Stack, tmp_path: Path) -> None:
    async with embedded(tmp_path, environment=own.environment) as stack:
        assert stack.running.pids == {}
        assert stack.settings == own.settings


async def test_an_external_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    environment = {"HEADRACE_NATS_URL": "nats://127.0.0.1:1", "HEADRACE_DATABASE_URL": "postgresql://127.0.0.1:1/none"}
    with pytest.raises(StackError, match=r"What HEADRACE_(NATS|DATABASE)_URL names cannot be used"):
        async with embedded(tmp_path, environment=environment):
            raise AssertionError
    assert processes_with(str(tmp_path)) == set()


async def test_a_server_that_ends_again_and_again_is_told_however_long_one_may_take(
    own: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.stack.READY_WITHIN_S", 1e6)
    monkeypatch.setattr("infra.local.nats.program", lambda _: "false")
    environment = {name: value for name, value in own.environment.items() if name != "HEADRACE_NATS_URL"}
    with pytest.raises(StackError, match=r"nats does not start \(nobody listens\); see .*/logs/nats\.log"):
        async with embedded(tmp_path, environment=environment):
            raise AssertionError


async def test_a_database_of_another_password_is_named_and_not_waited_for(own: Stack, tmp_path: Path) -> None:
    environment = {name: value for name, value in own.environment.items() if name != "HEADRACE_DATABASE_URL"}
    async with embedded(tmp_path, environment=environment):
        pass
    (tmp_path / "state.json").unlink()
    with pytest.raises(StackError, match=r"have another password than .*/state\.json; put back the file"):
        async with embedded(tmp_path, environment=environment):
            raise AssertionError
    assert processes_with(str(tmp_path)) == set()


async def test_nothing_is_left_after_a_stop_but_the_data(tmp_path: Path) -> None:
    async with embedded(tmp_path, environment={}) as stack:
        await write(stack.settings)
        assert processes_with(str(tmp_path))
        assert read_running(tmp_path) is not None
    assert processes_with(str(tmp_path)) == set()
    assert read_running(tmp_path) is None
    async with embedded(tmp_path, environment={}) as again:
        assert again.settings == stack.settings
        await check(again.settings)


async def test_a_stack_whose_keeper_was_killed_dies_with_it_and_starts_again(tmp_path: Path) -> None:
    keeper = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN_A_STACK, str(tmp_path), stdout=subprocess.PIPE
    )
    assert keeper.stdout is not None
    assert await keeper.stdout.readline() == b"up\n"
    running = read_running(tmp_path)
    assert running is not None
    assert running.pid == keeper.pid
    async with embedded(tmp_path.with_name("unused"), environment=running.environment) as stack:
        await write(stack.settings)
    keeper.kill()
    await keeper.wait()
    assert read_running(tmp_path) is None
    await until(lambda: processes_with(str(tmp_path)) == set())
    async with embedded(tmp_path, environment={}) as again:
        await check(again.settings)
