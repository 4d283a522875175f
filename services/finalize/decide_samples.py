"""Which segments are looked into, and whether they hold what their facts state. Pure."""

import hashlib
from collections.abc import Iterator, Sequence
from fractions import Fraction

from contracts.v1 import AssetPlanned, Rung
from services.finalize.decide_timeline import pictures_of
from services.finalize.media import Seen
from services.finalize.renditions import Delivered, Finding, Remedy

# Of a film of an hour, four are looked into beside the first and the last; of less than seven minutes, one.
_SEGMENTS_PER_SAMPLE = 100
_MOST_SAMPLES = 4


def sampled(own: Delivered) -> list[int]:
    """Return the numbers of the segments to look into: the first, the last, and others by chance.

    The same asset has the same ones each time, so that what was found once is found again.
    """
    count = len(own.segments)
    others = min(_MOST_SAMPLES, 1 + count // _SEGMENTS_PER_SAMPLE)
    seed = f"{own.asset_id}/{own.recipe}/{own.name}"
    drawn = [hashlib.sha256(f"{seed}/{draw}".encode()).digest() for draw in range(others)]
    return sorted({0, count - 1, *(int.from_bytes(digest) % count for digest in drawn)})


def seen_findings(
    plan: AssetPlanned, own: Delivered, numbers: Sequence[int], seen: Sequence[Seen]
) -> Iterator[Finding]:
    """Yield how what was seen of a rendition's segments differs from what was stated."""
    starts = own.starts_ticks
    planned = pictures_of(plan, own) if isinstance(own.planned, Rung) else None
    for number, segment in zip(numbers, seen, strict=True):
        stated = own.segments[number]
        name = f"Segment {number} of {own.name}"
        wanted = planned[number] if planned else stated.samples or segment.samples
        late_s = Fraction(segment.begins_ticks - starts[number], own.timescale)
        if segment.error:
            # The bytes are those that were made, so what was copied is the original's own damage.
            remedy: Remedy = "plan" if own.is_copied else "encode"
            yield own.finding("output_damaged", number, f"{name} {segment.error}.", remedy)
        elif not segment.begins_with_sync:
            yield own.finding("output_damaged", number, f"{name} does not begin with a picture that needs no other.")
        elif segment.samples != wanted:
            yield own.finding("frames_lost", number, f"{name} holds {segment.samples} of {wanted} pictures or frames.")
        elif segment.lasts_ticks != stated.duration_ticks:
            lasts = f"{segment.lasts_ticks} ticks, stated {stated.duration_ticks}"
            yield own.finding("frames_lost", number, f"{name} lasts {lasts}.")
        elif late_s:
            yield own.finding("drift", number, f"{name} begins {float(1000 * late_s):.1f} ms beside its time.")
