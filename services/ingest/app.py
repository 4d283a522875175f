"""The ``ingest`` process: consumes ``bucket.>``, produces ``asset.ingested``."""

from services.ingest.handler import ingest_uploads
from services.runtime.limits import UploadLimits
from services.runtime.service import Service, run
from services.runtime.settings import Settings

# Mostly waiting for the store: who announces hundreds of files keeps the next one waiting for as little as can be.
SIDE_BY_SIDE = 8


def build(settings: Settings) -> Service:
    """Wire the service."""
    service = Service("ingest", settings)
    service.provide(limits=UploadLimits.of(settings))
    service.on("BUCKET", "ingest", ingest_uploads, concurrency=SIDE_BY_SIDE)
    return service


def main() -> None:
    """Run the service."""
    run(build, Settings)


if __name__ == "__main__":
    main()
