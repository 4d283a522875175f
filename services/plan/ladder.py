"""The ladder: which renditions a source gets. Data in, rungs out."""

from fractions import Fraction

import msgspec

from contracts.v1 import Rung, VideoStream
from services.runtime.errors import Permanent

# A source this much larger than the best rung below it gets a rung of its own size.
WORTH_A_RUNG = Fraction(11, 10)

PRESETS: dict[str, str] = {"fast": "veryfast", "balanced": "medium", "best": "slow"}
"""The presets of x264 by profile, unless a ladder's file states others."""


class Step(msgspec.Struct, frozen=True):
    """One step as the ladder's file states it; ``short_side`` in pixels."""

    short_side: int
    bitrate_bps: int


class Ladder(msgspec.Struct, frozen=True):
    """A ladder as its file states it; ``presets`` are the encoder's, by profile, best last."""

    codec: str
    rungs: list[Step]
    presets: dict[str, str] = msgspec.field(default_factory=PRESETS.copy)


def preset_for(ladder: Ladder, profile: str) -> str:
    """Return the encoder's preset for a profile.

    Raises: Permanent: ``unknown_profile``.
    """
    if profile not in ladder.presets:
        *others, last = ladder.presets
        names = f"{', '.join(others)} or {last}" if others else last
        raise Permanent(
            "unknown_profile", f"There is no profile “{profile}”; upload the file under another key with {names}."
        )
    return ladder.presets[profile]


def display_size(video: VideoStream) -> tuple[Fraction, Fraction]:
    """Return width and height in square pixels as a viewer sees them, after aspect and rotation."""
    width = video.width * video.sample_aspect.fraction
    height = Fraction(video.height)
    return (height, width) if video.rotation in (90, 270) else (width, height)


def rungs_for(ladder: Ladder, video: VideoStream) -> list[Rung]:
    """Return the rungs of a source, best first; none is larger than the source, the shorter side decides."""
    width, height = display_size(video)
    short_side = min(width, height)
    return [_rung(ladder.codec, step, width, height) for step in _steps(ladder, int(short_side))]


def _steps(ladder: Ladder, short_side: int) -> list[Step]:
    steps = sorted(ladder.rungs, key=lambda step: step.short_side, reverse=True)
    fitting = [step for step in steps if step.short_side <= short_side]
    if fitting and short_side < fitting[0].short_side * WORTH_A_RUNG:
        return fitting
    above = [step for step in steps if step.short_side > short_side]
    return [_shrunk(above[-1], short_side), *fitting] if above else fitting


def _shrunk(step: Step, short_side: int) -> Step:
    area = Fraction(short_side, step.short_side) ** 2
    return Step(short_side, max(100_000, int(step.bitrate_bps * area)))


def _rung(codec: str, step: Step, width: Fraction, height: Fraction) -> Rung:
    scale = Fraction(step.short_side) / min(width, height)
    return Rung(
        name=f"{step.short_side}p",
        width=_even(width * scale),
        height=_even(height * scale),
        bitrate_bps=step.bitrate_bps,
        codec=codec,
    )


def _even(pixels: Fraction) -> int:
    # 4:2:0 needs even sizes; rounding down never exceeds the source.
    return max(2, int(pixels) // 2 * 2)
