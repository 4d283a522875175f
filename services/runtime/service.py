"""A service: handlers bound to durables, with everything that crosses them wired around."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar, get_type_hints

import uvicorn
from faststream.asgi import AsgiFastStream, make_ping_asgi
from nats.aio.client import Client
from nats.micro import add_service
from nats.micro.service import ServiceConfig

from contracts.keys import trial_key
from services.runtime.background import end, keep_running
from services.runtime.breaker import Breaker
from services.runtime.broker import broker_of, gate, subscribed
from services.runtime.bus import Bus
from services.runtime.children import MediaChildren
from services.runtime.confinement import Confinement, described, port_of
from services.runtime.denials import Denials
from services.runtime.disk import Disk
from services.runtime.intake import Intake
from services.runtime.intake_voice import Voice
from services.runtime.log import FactLog
from services.runtime.logs import configure_logs
from services.runtime.publish import Publisher
from services.runtime.settings import Settings
from services.runtime.settle import Otherwise, Settlement
from services.runtime.store import Store
from services.runtime.telemetry import metrics_route

VERSION = "0.1.0"
# Background work may have requests to answer first, or others to end.
_ENDING_S = 2.0

S = TypeVar("S", bound=Settings)


class Service:
    """One process of Headrace."""

    def __init__(
        self, name: str, settings: Settings, *, media: tuple[str, ...] = (), even_when_full: bool = False
    ) -> None:
        """Name the service; ``media`` are the modules whose functions it runs in children.

        ``even_when_full`` is for work that frees space: it goes on while disks are nearly full.
        """
        self.name = name
        self.settings = settings
        self.logger = configure_logs(name, settings)
        self.intake = Intake()
        self._voice = Voice(self.intake, settings.alert_cooldown_s)
        folders = [] if even_when_full else list(filter(None, settings.disk_folders.split(os.pathsep)))
        self._disk = Disk(self.intake, folders, settings.disk_least_free_bytes)
        self._media_modules = media
        self._first: list[Callable[[Client], Awaitable[None]]] = []
        self._background: list[Callable[[Client], Awaitable[None]]] = []
        self._at_work: list[asyncio.Task[None]] = []
        self._settlement = Settlement(name, self._voice.metadata)
        self._denials = Denials(name)
        self.broker = broker_of(name, settings, self._settlement, self._denials, self.logger)
        self._server: uvicorn.Server | None = None
        self._has_failed = False
        self.app = AsgiFastStream(
            self.broker,
            lifespan=self._lifespan,
            asgi_routes=[("/healthz", make_ping_asgi(self.broker, timeout=2.0)), *metrics_route(settings)],
            logger=self.logger,
            after_startup=[self._gate],
            on_shutdown=[self._end_background],
        )

    def on(
        self,
        stream: str,
        durable: str,
        handler: Callable[..., Any],
        *,
        concurrency: int = 1,
        otherwise: Otherwise | None = None,
    ) -> None:
        """Bind a handler to a durable; ``concurrency`` handlers run side by side in this process.

        The handler's first parameter says what it takes: anything else is poison. Infra makes stream and durable.
        ``otherwise`` states what follows in place of ``asset.failed`` when its work is given up.
        """
        (event_type, *_) = get_type_hints(handler).values()
        if otherwise is not None:
            self._settlement.otherwise[event_type] = otherwise
        for _ in range(concurrency):
            subscribed(self.broker, self.name, stream, durable, event_type)(handler)

    def provide(self, **values: object) -> None:
        """Offer values to handlers under ``Annotated[T, Context(name)]``."""
        for name, value in values.items():
            self.broker.context.set_global(name, value)

    def at_start(self, work: Callable[[Client], Awaitable[None]]) -> None:
        """Run work once, given the NATS connection, before the process tells anybody that it is well."""
        self._first.append(work)

    def background(self, work: Callable[[Client], Awaitable[None]]) -> None:
        """Run work for the life of the process, given the NATS connection; it is started again when it fails."""
        self._background.append(work)

    async def serve(self) -> int:
        """Run until SIGINT or SIGTERM, or until it turns out that it cannot be started; return the exit status."""
        settings = self.settings
        options: Any = {"host": settings.health_host, "port": settings.health_port, "log_config": None}
        self._server = uvicorn.Server(uvicorn.Config(self.app, log_level=logging.WARNING, **options))
        await self._server.serve()
        return int(self._has_failed)

    @asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            connection = await self.broker.connect()
            js = connection.jetstream()
            confinement = Confinement(ports=[port_of(self.settings.store_url)])
            media = MediaChildren(
                *self._media_modules,
                memory_bytes=self.settings.media_memory_bytes,
                confinement=confinement,
                shared_bytes=self.settings.media_shared_bytes,
            )
            store = await stack.enter_async_context(Store.connect(self.settings))
            publish = Publisher(js)
            breaker = Breaker(store, self._disk, self.intake, trial_key(self.name))
            stack.callback(breaker.close)
            self.provide(store=store, media=media, js=js, facts=FactLog(js), publish=publish)
            self.provide(intake=self.intake, breaker=breaker, bus=Bus(publish, self.intake, self._denials))
            if self._media_modules:
                await media.warm()
                self.logger.info(described(confinement))
                stack.push_async_callback(media.close)
            if self.broker.subscribers:
                self._voice.listen()
            self._disk.look()
            config = ServiceConfig(name=self.name, version=VERSION, metadata=self._voice.metadata)
            await add_service(connection, config)
            for work in self._first:
                await work(connection)
            lasting = [self._voice.speak, *self._background]
            self._at_work = [asyncio.create_task(keep_running(work, connection)) for work in lasting]
            self._at_work.append(asyncio.create_task(self._disk.watch()))
            try:
                yield
            except Exception as error:
                if self._server is not None and not self._server.should_exit:
                    self._end(self._server, error)
                raise

    def _end(self, server: uvicorn.Server, error: Exception) -> None:
        """End the process: what it binds to is not there; it would live on without its store, and be called well."""
        self._has_failed = server.should_exit = True
        self.logger.critical(
            "%s cannot be started and ends (%s: %s). See that NATS answers, that the topology is applied to it "
            "(`python -m infra.nats.topology`), and that the service's user may do what it must.",
            *(self.name, type(error).__name__, error),
        )

    async def _gate(self) -> None:
        """Have nothing pulled while no work is taken."""
        gate(self.broker, self.intake)

    async def _end_background(self) -> None:
        """End what lasts as long as the process, while the connections that it ends with are still open."""
        await end(self._at_work, again_s=_ENDING_S)


def run(build: Callable[[S], Service], settings_type: type[S]) -> None:
    """Build a service from the environment and run it until SIGINT or SIGTERM.

    Raises: SystemExit: it cannot be started.
    """
    sys.exit(asyncio.run(build(settings_type()).serve()))
