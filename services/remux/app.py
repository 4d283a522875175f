"""The ``remux`` process: consumes tasks ``remux.make``, produces ``download.made`` or ``download.failed``."""

from services.remux.decide import failed
from services.remux.handler import remux_rung
from services.runtime.service import Service, run
from services.runtime.settings import Settings


def build(settings: Settings) -> Service:
    """Wire the service."""
    service = Service("remux", settings, media=("services.remux.media",))
    service.on("TASKS", "remux", remux_rung, otherwise=failed)
    return service


def main() -> None:
    """Run the service."""
    run(build, Settings)


if __name__ == "__main__":
    main()
