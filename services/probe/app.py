"""The ``probe`` process: consumes ``asset.ingested`` and ``asset.retried``, produces task ``probe.original``.

It takes those tasks in their turn, and produces ``asset.probed``.
"""

from services.probe.handler import ask_for_probe, probe_original
from services.runtime.service import Service, run
from services.runtime.settings import Settings


def build(settings: Settings) -> Service:
    """Wire the service."""
    service = Service("probe", settings, media=("services.probe.media",))
    service.on("MEDIA", "probe", ask_for_probe)
    service.on("TASKS", "probe_original", probe_original)
    return service


def main() -> None:
    """Run the service."""
    run(build, Settings)


if __name__ == "__main__":
    main()
