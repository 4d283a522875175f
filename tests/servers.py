"""Which servers tests run on."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def chosen_servers() -> AsyncIterator[dict[str, str]]:
    """Yield the settings of external servers, none for the embedded ones.

    Only containers are offered, never what ``HEADRACE_NATS_URL`` may name: tests delete streams.
    """
    if os.environ.get("HEADRACE_TEST_STACK") == "containers":
        from infra.containers import containers  # noqa: PLC0415 (needs Docker's client)

        async with containers() as environment:
            yield environment
    else:
        yield {}
