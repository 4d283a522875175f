"""The ``probe`` process: consumes ``asset.ingested`` and ``asset.retried``, produces ``asset.probed``."""

from services.probe.handler import probe_asset
from services.runtime.service import Service, run
from services.runtime.settings import Settings


def build(settings: Settings) -> Service:
    """Wire the service."""
    service = Service("probe", settings, media=("services.probe.media",))
    service.on("MEDIA", "probe", probe_asset)
    return service


def main() -> None:
    """Run the service."""
    run(build, Settings)


if __name__ == "__main__":
    main()
