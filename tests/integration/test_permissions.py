"""What servers refuse: a service that says what it may not say, or touches what is not its own."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import nats.errors
import pytest
from nats.aio.client import Client

from contracts.codec import encode
from contracts.keys import ASSETS, POSTER_UPLOADS, PRIVATE, UPLOADS, WITHDRAWN
from contracts.v1 import AssetPlayable, AssetPurged
from infra.access import ACCESS
from infra.local.folder import write_secret
from infra.local.ports import free_port
from infra.local.server import is_listening, program
from infra.local.settings import settings_from
from infra.local.stack import Stack, embedded
from infra.nats.permissions import OPERATOR
from services.runtime.errors import Transient
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.processes import PATIENCE_S, until

PREFIXES = (UPLOADS, ASSETS, PRIVATE, POSTER_UPLOADS, WITHDRAWN)
PLAYABLE = AssetPlayable(asset_id="a", recipe="r", hls_key="k")
PURGED = AssetPurged(asset_id="a", objects=0, attempt=1)


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Return embedded servers: of others' only their operators know what they refuse."""
    async with embedded(tmp_path_factory.mktemp("own"), environment={}) as stack:
        yield stack


def settings_of(stack: Stack, service: str) -> Settings:
    return settings_from(stack.environment_of(service))


@asynccontextmanager
async def speaking_as(stack: Stack, service: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """Connect with a service's credentials; what the server refuses is listed."""
    settings, refused = settings_of(stack, service), list[str]()
    assert settings.nats_password is not None

    async def note(error: Exception) -> None:
        refused.append(str(error).lower())

    connection = await nats.connect(
        settings.nats_url,
        user=settings.nats_user,
        password=settings.nats_password.get_secret_value(),
        inbox_prefix=f"_INBOX_{service}",
        error_cb=note,
    )
    try:
        yield connection, refused
    finally:
        await connection.close()


async def test_a_service_states_its_own_facts_and_nobody_elses(own: Stack) -> None:
    async with speaking_as(own, "package") as (connection, refused):
        js = connection.jetstream()
        assert (await js.publish(PLAYABLE.subject, encode(PLAYABLE))).stream == "MEDIA"
        with pytest.raises(nats.errors.TimeoutError):
            await js.publish(PURGED.subject, encode(PURGED), timeout=0.2)
        await until(lambda: refused == [f'nats: permissions violation for publish to "{PURGED.subject}"'])
        assert list((await js.stream_info("MEDIA", subjects_filter=">")).state.subjects or {}) == [PLAYABLE.subject]


@pytest.mark.parametrize("service", ACCESS)
async def test_a_service_cannot_touch_streams_and_what_others_pull_from(own: Stack, service: str) -> None:
    others = "probe" if service != "probe" else "package"
    forbidden = [
        "$JS.API.STREAM.DELETE.MEDIA", "$JS.API.STREAM.PURGE.MEDIA", "$JS.API.STREAM.UPDATE.MEDIA",
        "$JS.API.STREAM.MSG.DELETE.MEDIA", "$JS.API.CONSUMER.DELETE.TASKS.encode_head",
        f"$JS.API.CONSUMER.DELETE.MEDIA.{others}", f"$JS.API.CONSUMER.MSG.NEXT.MEDIA.{others}",
        f"$JS.API.CONSUMER.CREATE.MEDIA.{others}", f"$JS.ACK.MEDIA.{others}.1.1.1.1.1", "dead.v1.permanent.nobody",
        "bucket.forged" if service != "operate" else "alert.forged",
    ]  # fmt: skip
    async with speaking_as(own, service) as (connection, refused):
        for subject in forbidden:
            await connection.publish(subject)
        await until(lambda: len(refused) == len(forbidden))
    assert all(f'publish to "{subject.lower()}"' in said for subject, said in zip(forbidden, refused, strict=True))


async def test_a_service_does_not_hear_what_is_said_to_others(own: Stack) -> None:
    async with speaking_as(own, "probe") as (connection, refused):
        for subject in ("media.v1.>", "_INBOX.>", "_INBOX_plan.>", ">"):
            await connection.subscribe(subject)
        await until(lambda: len(refused) == 4)
    assert all("permissions violation for subscription" in said for said in refused)


@pytest.mark.parametrize("service", ACCESS)
async def test_the_store_lets_a_service_do_what_its_access_says(own: Stack, service: str) -> None:
    access = ACCESS[service]
    async with Store.connect(own.settings) as store, Store.connect(settings_of(own, service)) as mine:
        for prefix in PREFIXES:
            await store.put(f"{prefix}here", b"x", content_type="video/mp4")
        done: dict[str, list[str]] = {"reads": [], "writes": [], "deletes": []}
        for prefix in PREFIXES:
            key = f"{prefix}here"
            # What lies below assets/ is for everybody to read.
            if prefix != ASSETS and await _may(mine.get(key)):
                done["reads"].append(prefix)
            if await _may(mine.put(key, b"y", content_type="video/mp4")):
                done["writes"].append(prefix)
            if await _may(mine.delete([key])):
                done["deletes"].append(prefix)
    wanted = {name: [prefix for prefix in PREFIXES if prefix in getattr(access, name)] for name in done}
    wanted["reads"] = [prefix for prefix in wanted["reads"] if prefix != ASSETS]
    assert done == wanted


async def _may(asked: Awaitable[object]) -> bool:
    """Tell whether the store does what it is asked."""
    (answer,) = await asyncio.gather(asked, return_exceptions=True)
    if isinstance(answer, BaseException):
        assert isinstance(answer, Transient)
        assert answer.code == "store_refused"
    return not isinstance(answer, BaseException)


def test_a_process_is_given_its_own_credentials_and_no_others(own: Stack) -> None:
    given = own.environment_of("ladder_encode")
    assert given["HEADRACE_NATS_USER"] == given["HEADRACE_STORE_ACCESS_KEY"] == "ladder_encode"
    assert given["HEADRACE_DATABASE_URL"] == ""
    secrets = {name: value for name, value in own.environment.items() if "PASSWORD" in name or "SECRET" in name}
    assert len(secrets) == 2
    assert not set(secrets.values()) & set(given.values())
    assert own.environment_of("catalog")["HEADRACE_DATABASE_URL"] == own.environment["HEADRACE_DATABASE_URL"]


async def test_what_is_printed_configures_a_server_of_ones_own(tmp_path: Path) -> None:
    printing = await asyncio.create_subprocess_exec(sys.executable, "-m", "infra.nats.permissions", stdout=PIPE)
    printed = (await printing.communicate())[0].decode()
    port, configuration = free_port(set()), tmp_path / "nats.conf"
    write_secret(configuration, f'listen: "127.0.0.1:{port}"\n{printed}'.encode())
    passwords = {f"HEADRACE_NATS_PASSWORD_{user.upper()}": f"secret-of-{user}" for user in (OPERATOR, *ACCESS)}
    server = await asyncio.create_subprocess_exec(
        program("nats-server"), "--config", configuration, env={**os.environ, **passwords}, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await is_listening(port):
                await asyncio.sleep(0.02)
        connection = await nats.connect(f"nats://127.0.0.1:{port}", user="probe", password="secret-of-probe")
        await connection.close()
    finally:
        server.kill()
        await server.wait()
