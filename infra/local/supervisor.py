"""The services of the embedded stack: started, kept running, and stopped before their servers."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import msgspec

from infra.local.errors import StackError
from infra.local.orders import Order
from infra.local.process import Kept, launch
from infra.local.server import is_listening
from infra.local.stack import MOST_EXITS, Stack
from services.runtime.forks import Forks, Running

HEALTHY_WITHIN_S = 120.0
POLL_S = 0.05
SERVICE_GRACE_S = 6.0


@dataclass(frozen=True)
class ServiceProcess:
    """A service and the module that is its program; ``needs`` is a setting without which it has no work.

    ``serves`` begins the names of the settings, ``…_HOST`` and ``…_PORT``, of where it listens: before, it is not well.
    """

    name: str
    module: str
    needs: str | None = None
    serves: str | None = None


NAMES = (
    "ingest", "probe", "plan", "ladder_encode", "package", "thumbnail", "finalize", "catalog", "gateway", "reconcile",
    "fetch", "measure", "withdraw", "remux", "notify", "operate", "dispatch", "transcribe",
)  # fmt: skip
_SERVES = {"gateway": "HEADRACE_GATEWAY"}
SERVICES = (
    *(ServiceProcess(name, f"services.{name}.app", serves=_SERVES.get(name)) for name in NAMES),
    # Only SeaweedFS needs a feed made for it; other stores send notifications themselves.
    ServiceProcess("feed", "infra.seaweedfs.feed", needs="HEADRACE_FILER_GRPC"),
)


class Supervisor:
    """Keeps services running on a stack."""

    def __init__(self, stack: Stack, services: Sequence[ServiceProcess] = SERVICES) -> None:
        """Use a stack and a list of services."""
        self._stack = stack
        self._services = services
        self._kept: list[Kept] = []
        self._served: dict[str, tuple[int, str]] = {}
        self._fork_log = stack.folder.log("fork_server")
        self._forks = Forks(self._launch_fork_server)

    async def load(self) -> None:
        """Begin to load what services need, while the stack starts."""
        await self._forks.start()

    async def start(self) -> None:
        """Start every service that has work; the stack must be up.

        Raises: StackError: nothing can be forked.
        """
        for service in self._services:
            if service.needs is None or service.needs in self._stack.environment:
                await self._start(service)

    async def healthy(self) -> None:
        """Return once every service says that it is well.

        Raises: StackError: one of them ends again and again, or is not well in the time given.
        """
        sick = list(self._kept)
        with suppress(TimeoutError):
            async with asyncio.timeout(HEALTHY_WITHIN_S):
                while sick and all(kept.exits < MOST_EXITS for kept in sick):
                    well = await asyncio.gather(*(self._is_well(kept.name) for kept in sick))
                    sick = [kept for kept, is_well in zip(sick, well, strict=True) if not is_well]
                    await asyncio.sleep(POLL_S if sick else 0)
        if sick:
            worst = max(sick, key=lambda kept: kept.exits)
            log = self._stack.folder.path / "logs" / f"{worst.name}.log"
            raise StackError(f"The service {worst.name} does not get well; see {log}.")

    async def stop(self) -> None:
        """Stop every service."""
        await asyncio.gather(*(kept.stop() for kept in self._kept))
        self._kept.clear()
        self._stack.health_ports.clear()
        await self._forks.stop()

    async def _is_well(self, name: str) -> bool:
        is_well = await is_healthy(self._stack.health_ports[name])
        # Its health is told by another server of the same process, which may be the first to listen.
        return is_well and (name not in self._served or await is_listening(*self._served[name]))

    async def _launch_fork_server(self, orders: int) -> Running:
        return await launch(
            [sys.executable, "-m", "infra.local.fork_server", str(orders)],
            log=self._fork_log,
            environment=os.environ,
            pass_fds=[orders],
        )

    async def _start(self, service: ServiceProcess) -> None:
        port = self._stack.folder.port(f"{service.name}_health")
        log = self._stack.folder.log(service.name)
        environment = {**self._stack.environment_of(service.name), "HEADRACE_HEALTH_PORT": str(port)}
        self._stack.health_ports[service.name] = port
        if service.serves is not None:
            host, port_served = (self._stack.environment[f"{service.serves}_{part}"] for part in ("HOST", "PORT"))
            self._served[service.name] = int(port_served), host
        spawn = partial(self._forks.spawn, msgspec.json.encode(Order(service.module, environment, str(log))))
        kept = Kept(service.name, spawn, self._stack.note, grace_s=SERVICE_GRACE_S)
        self._stack.keep(kept)
        self._kept.append(kept)
        try:
            await kept.start()
        except OSError as error:
            raise StackError(
                f"The service {service.name} cannot be started ({error}); see {self._fork_log}."
            ) from error


async def is_healthy(port: int) -> bool:
    """Tell whether the service with this health port says that it is well."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        status = (await reader.readline()).split()
    except ConnectionError:
        return False
    finally:
        writer.close()
    return len(status) > 1 and status[1].startswith(b"2")
