"""The embedded stack that is broken on purpose: a proxy before its store, more replicas, and hands to kill with."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random

from infra.local.folder import Folder
from infra.local.ports import free_port
from infra.local.process import Kept
from infra.local.stack import Stack
from infra.local.supervisor import SERVICES, ServiceProcess, Supervisor, is_healthy
from tests.chaos.proxy import StoreProxy
from tests.processes import until

SERVERS = ("nats", "postgres", "seaweedfs")
NAMES = tuple(service.name for service in SERVICES)
BACK_WITHIN_S = 120.0
_REPLICA = "-2"

LEAST_FREE_BYTES = 64 << 20

_ENVIRONMENT = {
    "HEADRACE_WEBHOOK_ALLOW_PRIVATE": "true",
    "HEADRACE_WEBHOOK_FIRST_RETRY_S": "0.5",
    "HEADRACE_EGRESS_PRIVATE": "true",
    # Tests wait for what otherwise nobody waits for.
    "HEADRACE_QUALITY_NICENESS": "10",
    # A volume of a fault's own is small.
    "HEADRACE_DISK_LEAST_FREE_BYTES": str(LEAST_FREE_BYTES),
}


class ChaosStack:
    """A stack whose processes are killed, stopped and kept away by name."""

    def __init__(self, stack: Stack, proxy: StoreProxy) -> None:
        """Break a stack that is up."""
        self.stack = stack
        self.proxy = proxy

    def pid(self, name: str) -> int | None:
        """Return the process of a name, or None while it is down."""
        return self.stack.running.pids.get(name)

    def signal(self, name: str, number: signal.Signals = signal.SIGKILL) -> float:
        """Signal a process, if it is up, and return when."""
        if (pid := self.pid(name)) is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return time.time()

    async def comes_back(self, name: str, before: int | None) -> None:
        """Return once a process of this name is up that is not the one before, and well if it is a service."""
        await until(lambda: self.pid(name) not in {before, None}, BACK_WITHIN_S)
        if (port := self.stack.health_ports.get(name)) is not None:
            async with asyncio.timeout(BACK_WITHIN_S):
                while not await is_healthy(port):
                    await asyncio.sleep(0.05)

    async def ends(self, name: str, before: int | None) -> None:
        """Return once a process is no more."""
        await until(lambda: self.pid(name) != before, BACK_WITHIN_S)

    async def keep_down(self, name: str) -> None:
        """Kill a process and let nobody start it again."""
        kept = self._kept(name)
        self.signal(name)
        await kept.stop()

    async def bring_up(self, name: str) -> None:
        """Start what was kept down."""
        kept = self._kept(name)
        kept._stopping.clear()
        await kept.start()

    def _kept(self, name: str) -> Kept:
        return next(kept for kept in self.stack._kept if kept.name == name)


class _Stack(Stack):
    """A stack that gives replicas the credentials of their service."""

    def environment_of(self, service: str) -> dict[str, str]:
        """Return the settings of a service's process."""
        return super().environment_of(service.removesuffix(_REPLICA))


@asynccontextmanager
async def chaos_stack(home: Path, rng: Random, *, replicas: Sequence[str] = ()) -> AsyncIterator[ChaosStack]:
    """Run the whole stack; each of ``replicas`` names a service of which there is one more, as ``NAME-2``."""
    given = {**_ENVIRONMENT, "HEADRACE_GATEWAY_PORT": str(free_port(set()))}
    more = [ServiceProcess(f"{name}{_REPLICA}", _service(name).module) for name in replicas]
    folder = Folder(home, given)
    with folder.locked():
        stack = _Stack(folder, given)
        supervisor = Supervisor(stack, (*SERVICES, *more))
        try:
            await supervisor.load()
            await stack.start()
            async with StoreProxy(folder.ports["store"], rng).running() as proxy:
                stack.environment["HEADRACE_STORE_URL"] = proxy.url
                await supervisor.start()
                await supervisor.healthy()
                yield ChaosStack(stack, proxy)
                await supervisor.stop()
        finally:
            await supervisor.stop()
            await stack.stop()


def _service(name: str) -> ServiceProcess:
    return next(service for service in SERVICES if service.name == name)
