"""Wiring of ``plan``."""

from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from pydantic import Field, InstanceOf, field_validator
from pydantic_settings import NoDecode

from services.plan.again import plan_again
from services.plan.handler import end_waiting, plan_original, refine_plan
from services.plan.ladder import Ladder
from services.plan.lost import hand_out_lost
from services.plan.remake import plan_remake
from services.plan.retry import plan_retry
from services.plan.sets import ExtraCodec, Offer
from services.plan.sound import SoundWish
from services.plan.speech import hand_out_speech
from services.runtime.service import Service, run
from services.runtime.settings import Settings, as_described

# Counts changes of our own that change delivered bytes; old outputs then stay beside new ones.
ENGINE = "5"


class PlanSettings(Settings):
    """Settings of ``plan``; ``ladder_path`` replaces the ladder that Headrace brings."""

    ladder_path: Path | None = None
    measure_from_s: float = Field(
        default=120.0, description="Originals that last this long are measured before most of them is encoded."
    )
    measure_within_s: float = Field(default=20.0, description="How long such a measurement is waited for.")
    codec_sets: Annotated[tuple[Literal["h264"] | ExtraCodec, ...], NoDecode] = Field(
        default=("h264",), description="Codecs to deliver, with commas between: h264, hevc, av1; h264 always is one."
    )
    hdr_rungs: bool = Field(
        default=False,
        description="Deliver what is HDR as HDR too, in the codecs beside h264, or in HEVC where there are none.",
    )
    transcribe: bool = Field(default=True, description="Have what is said written down, as soon as there is a model.")
    halve_low_rates: bool = Field(
        default=False, description="Deliver rungs up to 480p at half the frame rate where that is more than 30."
    )

    sound: dict[str, InstanceOf[SoundWish]] = Field(
        default={},
        description='What is done to sound, by profile: {"best": {"target_lufs": -16, "ceiling_dbtp": -1}} makes it'
        ' so loud, "surround": true keeps 5.1, too.',
    )

    @field_validator("sound", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        return as_described(value, dict[str, SoundWish])

    @field_validator("codec_sets", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [name.strip() for name in value.split(",")] if isinstance(value, str) else value


def build(settings: PlanSettings) -> Service:
    """Return the service."""
    service = Service("plan", settings)
    service.on("MEDIA", "plan", plan_original)
    service.on("MEDIA", "plan_refine", refine_plan)
    service.on("MEDIA", "plan_overdue", end_waiting)
    service.on("MEDIA", "plan_again", plan_again)
    service.on("MEDIA", "plan_retry", plan_retry)
    service.on("MEDIA", "plan_lost", hand_out_lost)
    service.on("MEDIA", "plan_remake", plan_remake)
    service.on("MEDIA", "plan_speech", hand_out_speech)
    service.provide(
        ladder=_ladder(settings.ladder_path),
        offer=offer_of(settings),
        engine=f"{ENGINE}/av-{version('av')}",
        measure_from_s=settings.measure_from_s,
        measure_within_s=settings.measure_within_s,
        transcribe=settings.transcribe,
    )
    return service


def offer_of(settings: PlanSettings) -> Offer:
    """Return what the settings allow to be made beside the ladder."""
    codecs = [codec for codec in get_args(ExtraCodec) if codec in settings.codec_sets]
    hdr = [f"{codec}-hdr" for codec in codecs or ["hevc"]] if settings.hdr_rungs else []
    return Offer(
        sdr=[_ladder(name=name) for name in codecs],
        hdr=[_ladder(name=name) for name in hdr],
        halved=settings.halve_low_rates,
        sound=settings.sound,
    )


def _ladder(path: Path | None = None, name: str = "h264") -> Ladder:
    source = path or files("infra.ladders") / f"{name}.json"
    return msgspec.json.decode(source.read_bytes(), type=Ladder)


def main() -> None:
    """Run the service."""
    run(build, PlanSettings)


if __name__ == "__main__":
    main()
