"""Wiring of ``operate``: the console beside what every process answers."""

import asyncio

from nats.aio.client import Client

from services.operate.console import open_console
from services.runtime.service import Service, run
from services.runtime.settings import Settings


def build(settings: Settings) -> Service:
    """Build the service that answers operators."""
    service = Service("operate", settings)

    async def answer(nats: Client) -> None:
        await open_console(nats, settings)
        await asyncio.Event().wait()

    service.background(answer)
    return service


def main() -> None:
    """Run the console."""
    run(build, Settings)


if __name__ == "__main__":
    main()
