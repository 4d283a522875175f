"""``python -m infra.local.up [FOLDER]``: the stack and the services, until SIGINT or SIGTERM."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from infra.local.errors import StackError
from infra.local.folder import Folder, RunningStack
from infra.local.stack import Stack
from infra.local.supervisor import SERVICES, ServiceProcess, Supervisor

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@asynccontextmanager
async def headrace(
    path: Path, *, services: Sequence[ServiceProcess] = SERVICES, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Stack]:
    """Run the stack and the services in a folder: all well inside the context, and gone after it.

    Raises: StackError: something does not start, or the folder is in use.
    """
    given = os.environ if environment is None else environment
    folder = Folder(path, given)
    with folder.locked():
        stack = Stack(folder, given)
        supervisor = Supervisor(stack, services)
        try:
            await supervisor.load()
            await stack.start()
            await supervisor.start()
            await supervisor.healthy()
            yield stack
        finally:
            await supervisor.stop()
            await stack.stop()


async def up(
    path: Path, on_ready: Callable[[RunningStack], None], *, services: Sequence[ServiceProcess] = SERVICES
) -> None:
    """Run the stack and the services until SIGINT, SIGTERM or SIGHUP; ``on_ready`` is told once all is well.

    Raises: StackError: something does not start, or the folder is in use.
    """
    loop = asyncio.get_running_loop()
    told_to_stop = asyncio.Event()
    for number in SIGNALS:
        loop.add_signal_handler(number, told_to_stop.set)
    running = asyncio.create_task(_run(path, on_ready, services))
    stopping = asyncio.create_task(told_to_stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        # Once only, however often the signal comes: a second cancellation would cut the stopping short.
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    finally:
        stopping.cancel()
        for number in SIGNALS:
            loop.remove_signal_handler(number)


async def _run(path: Path, on_ready: Callable[[RunningStack], None], services: Sequence[ServiceProcess]) -> None:
    async with headrace(path, services=services) as stack:
        on_ready(stack.running)
        await asyncio.Event().wait()


def _announce(running: RunningStack) -> None:
    print(f"Headrace is up: {running.gateway_url}")


def main() -> None:
    """Run the stack and the services in ``.headrace`` or the folder that is given."""
    logging.basicConfig(format="%(message)s")
    try:
        asyncio.run(up(Path(*sys.argv[1:2] or [".headrace"]), _announce))
    except StackError as error:
        sys.exit(f"headrace: {error}")


if __name__ == "__main__":
    main()
