"""The embedded stack: NATS, PostgreSQL and SeaweedFS, started side by side and prepared for the services.

Each of the three may be an external one instead: where ``HEADRACE_NATS_URL``, ``HEADRACE_DATABASE_URL`` or
``HEADRACE_STORE_URL`` is set, with its credentials, that one is prepared but not started.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from infra import bucket
from infra.local.admin_key import keep_admin_key
from infra.local.errors import StackError
from infra.local.folder import Folder, RunningStack
from infra.local.nats import Nats
from infra.local.postgres import Postgres
from infra.local.process import Kept
from infra.local.room_again import restart_stuck
from infra.local.seaweedfs import SeaweedFS
from infra.local.server import Server, is_listening
from infra.local.settings import PREFIX, settings_from
from infra.nats import topology
from infra.postgres import schema
from services.runtime.settings import Settings

READY_WITHIN_S = 120.0
"""A machine that is busy with other things may take as long; a server that cannot start ends, which is told at once."""
POLL_S = 0.02
# A server may need a few starts after a crash, until what is left of the old one has gone.
MOST_EXITS = 5
SERVER_GRACE_S = 3.0
GATEWAY_PORT = 8080

_log = logging.getLogger("headrace.stack")


@dataclass(frozen=True)
class Part:
    """One of the three: ``variable`` is set when it is external, and ``prepare`` is what it then gets."""

    variable: str
    embedded: type[Nats | Postgres | SeaweedFS]
    prepare: Callable[[Settings], Awaitable[None]]


PARTS = (
    Part("HEADRACE_NATS_URL", Nats, topology.apply_to),
    Part("HEADRACE_DATABASE_URL", Postgres, schema.apply_to),
    Part("HEADRACE_STORE_URL", SeaweedFS, bucket.prepare_for),
)


@asynccontextmanager
async def embedded(path: Path, environment: Mapping[str, str] | None = None) -> AsyncIterator["Stack"]:
    """Run the servers in a folder: ready inside the context and gone after it; no services.

    Raises: StackError: one of them does not start, or the folder is in use.
    """
    given = os.environ if environment is None else environment
    folder = Folder(path, given)
    with folder.locked():
        stack = Stack(folder, given)
        try:
            await stack.start()
            yield stack
        finally:
            await stack.stop()


class Stack:
    """The servers that services need; ``environment`` leads users to them, ``admin_key`` is the operator's API key."""

    def __init__(self, folder: Folder, environment: Mapping[str, str]) -> None:
        """Use a locked folder; ``HEADRACE_*`` in the environment say what is external, and go on to services."""
        self.folder = folder
        self.environment = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
        self.health_ports: dict[str, int] = {}
        self.admin_key = ""
        self._servers: list[Server] = []
        self._kept: list[Kept] = []
        self._watching: asyncio.Task[None] | None = None
        self._is_up = False

    async def start(self) -> None:
        """Start the servers that are not external, and prepare all three.

        Raises: StackError: one of them does not start.
        """
        servers = self._servers = [
            part.embedded(self.folder) for part in PARTS if part.variable not in self.environment
        ]
        external = [part for part in PARTS if part.variable in self.environment]
        for server in servers:
            self.environment |= server.environment
        self.environment.setdefault("HEADRACE_GATEWAY_HOST", "127.0.0.1")
        self.environment.setdefault("HEADRACE_DISK_FOLDERS", os.pathsep.join(map(str, self.folder.volumes)))
        self.environment["HEADRACE_GATEWAY_PORT"] = str(self.folder.port("gateway", preferred=GATEWAY_PORT))
        try:
            async with asyncio.TaskGroup() as group:
                for server in servers:
                    group.create_task(self._start_server(server))
                for part in external:
                    group.create_task(self._prepare_external(part))
        except* StackError as errors:
            raise errors.exceptions[0] from None
        self.admin_key = await keep_admin_key(self.folder.path, self.settings)
        self._is_up = True
        self.note()
        least = self.settings.disk_least_free_bytes
        folders, logs = self.folder.volumes, self.folder.path / "logs"
        self._watching = asyncio.create_task(restart_stuck(logs, lambda: self._kept, folders, least))

    async def stop(self) -> None:
        """Stop the servers; their data stays."""
        self._is_up = False
        self.folder.remove_running()
        if self._watching is not None:
            self._watching.cancel()
        await asyncio.gather(*(kept.stop() for kept in self._kept))
        self._kept.clear()

    @property
    def settings(self) -> Settings:
        """Return the settings that lead to the servers."""
        return settings_from(self.environment)

    def environment_of(self, service: str) -> dict[str, str]:
        """Return the settings of a service's process: on embedded servers it has credentials of its own alone."""
        environment = dict(self.environment)
        for server in self._servers:
            environment |= server.credentials(service)
        return environment

    @property
    def running(self) -> RunningStack:
        """Return what runs now."""
        return RunningStack(
            pid=os.getpid(),
            pids={kept.name: kept.pid for kept in self._kept if kept.pid is not None},
            ports=self.folder.ports,
            health_ports=self.health_ports,
            environment=self.environment,
        )

    def note(self) -> None:
        """Write down what runs now, for the command line."""
        if self._is_up:
            try:
                self.folder.write_running(self.running)
            except OSError:
                # With a full disk, what runs is kept running all the same.
                _log.exception("what runs now cannot be written down")

    def keep(self, kept: Kept) -> None:
        """Count a process among those that run here; it is stopped with the stack unless it was before."""
        self._kept.append(kept)

    async def _prepare_external(self, part: Part) -> None:
        try:
            await part.prepare(self.settings)
        except part.embedded.not_ready as error:
            message = f"What {part.variable} names cannot be used ({error}); check it and its credentials."
            raise StackError(message) from error

    async def _start_server(self, server: Server) -> None:
        await server.set_up()
        kept = Kept(server.name, server.spawn, self.note, stop_signal=server.stop_signal, grace_s=SERVER_GRACE_S)
        self.keep(kept)
        await kept.start()
        problem: object = "nobody listens"
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while kept.exits < MOST_EXITS:
                    if await is_listening(server.port):
                        try:
                            return await server.prepare()
                        except server.not_ready as error:
                            problem = error
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            pass
        raise StackError(f"{server.name} does not start ({problem}); see {self.folder.path}/logs/{server.name}.log.")
