"""Fixtures of all tests that need servers: a stack of its own for the whole run, and connections to it."""

from collections.abc import AsyncIterator
from contextlib import suppress

import nats
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from infra.local.stack import Stack, embedded
from infra.nats import topology
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.servers import chosen_servers


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Return the servers without services; containers with HEADRACE_TEST_STACK=containers."""
    async with (
        chosen_servers() as environment,
        embedded(tmp_path_factory.mktemp("stack"), environment=environment) as stack,
    ):
        yield stack


@pytest.fixture(scope="session")
def settings(stack: Stack) -> Settings:
    """Return the settings of a service on the stack."""
    return stack.settings


@pytest.fixture(scope="session")
def admin_key(stack: Stack) -> str:
    """Return the operator's API key."""
    return stack.admin_key


@pytest.fixture
async def nc(settings: Settings) -> AsyncIterator[Client]:
    """Return a connection to NATS."""
    assert settings.nats_password is not None
    connection = await nats.connect(
        settings.nats_url, user=settings.nats_user, password=settings.nats_password.get_secret_value()
    )
    yield connection
    await connection.close()


@pytest.fixture
def js(nc: Client) -> JetStreamContext:
    """Return JetStream."""
    return nc.jetstream()


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    """Return the bucket."""
    async with Store.connect(settings) as store:
        yield store


@pytest.fixture
async def clean_streams(nc: Client) -> None:
    """Make every stream and durable anew: no message, no position, and no message id remembered."""
    js = nc.jetstream()
    for stream in topology.TOPOLOGY:
        # One after another: the server takes away the folder of whoever has no stream, perhaps while one is made.
        with suppress(NotFoundError):
            await js.delete_stream(stream.name)
        await topology.apply_stream(js, stream)
