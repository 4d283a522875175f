"""Wiring of ``plan``."""

from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import msgspec

from services.plan.again import plan_again
from services.plan.handler import plan_original
from services.plan.ladder import Ladder
from services.runtime.service import Service, run
from services.runtime.settings import Settings

# Counts changes of our own that change delivered bytes; old outputs then stay beside new ones.
ENGINE = "3"


class PlanSettings(Settings):
    """Settings of ``plan``; ``ladder_path`` replaces the ladder that Headrace brings."""

    ladder_path: Path | None = None


def build(settings: PlanSettings) -> Service:
    """Return the service."""
    service = Service("plan", settings)
    service.on("MEDIA", "plan", plan_original)
    service.on("MEDIA", "plan_again", plan_again)
    service.provide(ladder=_ladder(settings.ladder_path), engine=f"{ENGINE}/av-{version('av')}")
    return service


def _ladder(path: Path | None) -> Ladder:
    source = path or files("infra.ladders") / "h264.json"
    return msgspec.json.decode(source.read_bytes(), type=Ladder)


def main() -> None:
    """Run the service."""
    run(build, PlanSettings)


if __name__ == "__main__":
    main()
