"""The ``finalize`` process: consumes what was packaged, pictured or restored, produces ``asset.ready``."""

from services.finalize.handler import finalize_asset
from services.runtime.service import Service, run
from services.runtime.settings import Settings

# Assets need not wait for the look at a long film.
CONCURRENCY = 2


def build(settings: Settings) -> Service:
    """Wire the service."""
    service = Service("finalize", settings, media=("services.finalize.media",))
    service.on("MEDIA", "finalize", finalize_asset, concurrency=CONCURRENCY)
    return service


def main() -> None:
    """Run the service."""
    run(build, Settings)


if __name__ == "__main__":
    main()
