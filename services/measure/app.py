"""The ``measure`` process: consumes task ``measure.complexity`` and ``asset.ready``, produces what was measured."""

from services.measure.decide import complexity_unmeasured, quality_unmeasured
from services.measure.handler import measure_complexity, measure_quality
from services.runtime.service import Service, run
from services.runtime.settings import Settings

# Encoding waits for these; each is a second of work.
SIDE_BY_SIDE = 2


def build(settings: Settings) -> Service:
    """Wire the service; an asset can do without either of the two."""
    media = ("services.measure.media.complexity", "services.measure.media.quality")
    service = Service("measure", settings, media=media)
    service.on(
        "TASKS", "measure_complexity", measure_complexity, concurrency=SIDE_BY_SIDE, otherwise=complexity_unmeasured
    )
    service.on("MEDIA", "measure_quality", measure_quality, otherwise=quality_unmeasured)
    return service


def main() -> None:
    """Run the service."""
    run(build, Settings)


if __name__ == "__main__":
    main()
