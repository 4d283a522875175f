"""Fixtures of the tests on the whole: a stack with all services, one for the whole run."""

from collections.abc import AsyncIterator

import pytest

from infra.local.stack import Stack
from infra.local.up import headrace
from services.runtime.settings import Settings
from tests.servers import chosen_servers

IN_TIME = {"HEADRACE_QUALITY_NICENESS": "19"}
"""Tests wait for what otherwise nobody waits for, also on a machine that is busy with something else."""


@pytest.fixture(scope="session")
async def services(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Return a stack on which every service runs."""
    async with (
        chosen_servers() as environment,
        headrace(tmp_path_factory.mktemp("headrace"), environment=environment | IN_TIME) as stack,
    ):
        yield stack


@pytest.fixture(scope="session")
def stack(services: Stack) -> Stack:
    """Return the stack of the services, in place of the one without any."""
    return services


@pytest.fixture(scope="session")
def settings(stack: Stack) -> Settings:
    """Return the settings of the services."""
    return stack.settings
