"""The ``thumbnail`` process: consumes tasks ``thumbnail.make`` and ``poster.chosen``, produces facts of pictures."""

from services.runtime.service import Service, run
from services.runtime.settings import Settings
from services.thumbnail.chosen_handler import make_chosen_poster
from services.thumbnail.decide import poster_refused
from services.thumbnail.handler import make_asset_thumbnails


def build(settings: Settings) -> Service:
    """Wire the service."""
    service = Service("thumbnail", settings, media=("services.thumbnail.media", "services.thumbnail.chosen"))
    service.on("TASKS", "thumbnail", make_asset_thumbnails)
    service.on("MEDIA", "poster", make_chosen_poster, otherwise=poster_refused)
    return service


def main() -> None:
    """Run the service."""
    run(build, Settings)


if __name__ == "__main__":
    main()
