"""Frames in are frames out, and sound keeps to the picture: by what facts state. Pure."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from contracts.v1 import TIMELINE_ORIGIN_S, AssetPlanned, AudioTrack, Rung
from services.finalize.renditions import Delivered, Finding

SOUND_FRAME_SAMPLES = 1024
# Copied sound may end so much earlier than the picture.
_LONGEST_SILENCE_S = Fraction(1, 4)


def timeline_findings(plan: AssetPlanned, renditions: Sequence[Delivered]) -> Iterator[Finding]:
    """Yield what of the timeline that was planned is not delivered."""
    for own in renditions:
        yield from _sound(plan, own) if isinstance(own.planned, AudioTrack) else _pictures(plan, own)


def slots_of(plan: AssetPlanned, own: Delivered) -> list[int]:
    """Return how many slots of the grid each segment of a rung was to fill."""
    if plan.copied is not None and own.is_copied:
        return plan.copied.segments
    return [end - first for first, end in pairwise([*plan.grid.segment_starts, plan.grid.frames])]


def pictures_of(plan: AssetPlanned, own: Delivered) -> list[int]:
    """Return how many pictures each segment of a rung was to hold."""
    assert isinstance(own.planned, Rung)
    return [math.ceil(slots / own.planned.frame_step) for slots in slots_of(plan, own)]


def _pictures(plan: AssetPlanned, own: Delivered) -> Iterator[Finding]:
    rate, planned = plan.grid.frame_rate.fraction, slots_of(plan, own)
    if len(own.segments) != len(planned):
        yield _lost(own, len(own.segments), f"has {len(own.segments)} segments; planned were {len(planned)}")
        return
    for number, (segment, pictures) in enumerate(zip(own.segments, pictures_of(plan, own), strict=True)):
        # Old facts do not count them.
        if segment.samples not in (0, pictures):
            yield _lost(own, number, f"has {segment.samples} of {pictures} pictures in segment {number}")
    for number, (segment, slots) in enumerate(zip(own.segments, planned, strict=True)):
        lasts = Fraction(segment.duration_ticks, own.timescale) * rate
        if lasts != slots:
            yield _lost(own, number, f"lasts {float(lasts):g} of {slots} slots in segment {number}")


def _sound(plan: AssetPlanned, own: Delivered) -> Iterator[Finding]:
    """Compare with the grid: each segment begins with the frame of sound that is nearest to its picture."""
    assert isinstance(own.planned, AudioTrack)
    frame_s = Fraction(SOUND_FRAME_SAMPLES, own.planned.sample_rate_hz)
    early_s = frame_s + (_LONGEST_SILENCE_S if own.is_copied else 0)
    rate = plan.grid.frame_rate.fraction
    wanted = [first / rate for first in (*plan.grid.segment_starts, plan.grid.frames)]
    if len(own.segments) != len(wanted) - 1:
        yield _lost(own, len(own.segments), f"has {len(own.segments)} segments; planned were {len(wanted) - 1}")
        return
    stated = [Fraction(ticks, own.timescale) - TIMELINE_ORIGIN_S for ticks in own.starts_ticks]
    for number, (at_s, wanted_s) in enumerate(zip(stated[1:], wanted[1:], strict=True)):
        if not -early_s <= at_s - wanted_s <= frame_s:
            drift_ms = float(1000 * (at_s - wanted_s))
            yield own.finding("drift", number, f"Sound of {own.name} is {drift_ms:.0f} ms off after segment {number}.")
            return


def _lost(own: Delivered, number: int, what: str) -> Finding:
    return own.finding("frames_lost", number, f"{own.name} {what}.")
