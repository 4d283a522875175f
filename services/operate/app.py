"""Wiring of ``operate``: the console beside what every process answers."""

from functools import partial

from services.operate.console import open_console
from services.runtime.service import Service, run
from services.runtime.settings import Settings


def build(settings: Settings) -> Service:
    """Build the service that answers operators."""
    service = Service("operate", settings)

    service.at_start(partial(open_console, settings))
    return service


def main() -> None:
    """Run the console."""
    run(build, Settings)


if __name__ == "__main__":
    main()
