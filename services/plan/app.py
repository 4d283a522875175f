"""Wiring of ``plan``."""

from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import msgspec
from pydantic import Field

from services.plan.handler import end_waiting, plan_original, refine_plan
from services.plan.ladder import Ladder
from services.runtime.service import Service, run
from services.runtime.settings import Settings

# Counts changes of our own that change delivered bytes; old outputs then stay beside new ones.
ENGINE = "2"


class PlanSettings(Settings):
    """Settings of ``plan``; ``ladder_path`` replaces the ladder that Headrace brings."""

    ladder_path: Path | None = None
    measure_from_s: float = Field(
        default=120.0, description="Originals that last this long are measured before most of them is encoded."
    )
    measure_within_s: float = Field(default=20.0, description="How long such a measurement is waited for.")


def build(settings: PlanSettings) -> Service:
    """Return the service."""
    service = Service("plan", settings)
    service.on("MEDIA", "plan", plan_original)
    service.on("MEDIA", "plan_refine", refine_plan)
    service.on("MEDIA", "plan_overdue", end_waiting)
    service.provide(
        ladder=_ladder(settings.ladder_path),
        engine=f"{ENGINE}/av-{version('av')}",
        measure_from_s=settings.measure_from_s,
        measure_within_s=settings.measure_within_s,
    )
    return service


def _ladder(path: Path | None) -> Ladder:
    source = path or files("infra.ladders") / "h264.json"
    return msgspec.json.decode(source.read_bytes(), type=Ladder)


def main() -> None:
    """Run the service."""
    run(build, PlanSettings)


if __name__ == "__main__":
    main()
