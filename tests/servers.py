"""Which servers tests run on."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.local.ports import free_port


@asynccontextmanager
async def chosen_servers() -> AsyncIterator[dict[str, str]]:
    """Yield the settings of external servers, or next to nothing for the embedded ones.

    The gateway's usual port is left to whoever runs Headrace beside the tests. Only containers are offered, never what
    ``HEADRACE_NATS_URL`` may name: tests delete streams.
    """
    own = {"HEADRACE_GATEWAY_PORT": str(free_port(set()))}
    if os.environ.get("HEADRACE_TEST_STACK") == "containers":
        from infra.containers import containers  # noqa: PLC0415 (needs Docker's client)

        async with containers() as environment:
            yield environment | own
    else:
        yield own
