"""The ``thumbnail`` process: consumes tasks ``thumbnail.make``, produces ``thumbnail.made``."""

from services.runtime.service import Service, run
from services.runtime.settings import Settings
from services.thumbnail.handler import make_asset_thumbnails


def build(settings: Settings) -> Service:
    """Wire the service."""
    service = Service("thumbnail", settings, media=("services.thumbnail.media",))
    service.on("TASKS", "thumbnail", make_asset_thumbnails)
    return service


def main() -> None:
    """Run the service."""
    run(build, Settings)


if __name__ == "__main__":
    main()
