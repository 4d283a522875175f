"""The ``measure`` process: consumes task ``measure.complexity`` and ``asset.ready``, produces what was measured."""

from pydantic import Field

from services.measure.decide import quality_unmeasured
from services.measure.decide_complexity import complexity_unmeasured
from services.measure.handler import measure_complexity, measure_quality
from services.runtime.frames import IDLE
from services.runtime.service import Service, run
from services.runtime.settings import Settings

# Encoding waits for these; each is a second of work.
SIDE_BY_SIDE = 2


class MeasureSettings(Settings):
    """What measuring needs to know beyond the common settings."""

    quality_niceness: int = Field(
        default=IDLE,
        ge=0,
        le=IDLE,
        description="How far the comparison of finished renditions steps back; 20 leaves it what nobody else wants.",
    )


def build(settings: MeasureSettings) -> Service:
    """Wire the service; an asset can do without either of the two."""
    media = ("services.measure.media.complexity", "services.measure.media.quality", "services.measure.media.loudness")
    service = Service("measure", settings, media=media)
    service.on(
        "TASKS", "measure_complexity", measure_complexity, concurrency=SIDE_BY_SIDE, otherwise=complexity_unmeasured
    )
    service.on("MEDIA", "measure_quality", measure_quality, otherwise=quality_unmeasured)
    service.provide(quality_niceness=settings.quality_niceness)
    return service


def main() -> None:
    """Run the service."""
    run(build, MeasureSettings)


if __name__ == "__main__":
    main()
