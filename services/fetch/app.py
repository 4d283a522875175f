"""The ``fetch`` process: consumes ``task.v1.fetch.>``, produces originals in the bucket and their notifications."""

from pydantic import Field

from services.fetch.handler import fetch_input
from services.runtime.limits import UploadLimits
from services.runtime.service import Service, run
from services.runtime.settings import Settings


class FetchSettings(Settings):
    """How much is fetched at once, and for how long."""

    fetch_at_once: int = Field(default=4, description="How many URLs one process reads side by side.")
    fetch_most_s: float = Field(default=6 * 3600.0, description="The longest that reading one URL may take.")


def build(settings: FetchSettings) -> Service:
    """Wire the service."""
    service = Service("fetch", settings)
    service.provide(
        limits=UploadLimits.of(settings), egress_private=settings.egress_private, fetch_most_s=settings.fetch_most_s
    )
    service.on("TASKS", "fetch", fetch_input, concurrency=settings.fetch_at_once)
    return service


def main() -> None:
    """Run the service."""
    run(build, FetchSettings)


if __name__ == "__main__":
    main()
