"""What facts state about one rendition, and the findings of a look at it. Pure."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Literal

import msgspec

from contracts.keys import init_key, segment_key
from contracts.v1 import (
    TIMELINE_ORIGIN_S,
    AssetPackaged,
    AssetPlanned,
    AudioTrack,
    ChunkEncoded,
    EncodedRendition,
    Rendition,
    Rung,
    Segment,
)

Remedy = Literal["encode", "package", "pictures", "plan"]
"""Who makes it again; ``plan``, because it was copied as it is, and is to be encoded instead."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with an object, and what makes it again; ``part`` is the share of the asset that it is of."""

    code: str
    key: str
    message: str
    remedy: Remedy = "package"
    part: str = ""


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """A finished rendition: what was planned, what its playlists state and what was encoded; ``parts`` by segment."""

    asset_id: str
    recipe: str
    planned: Rung | AudioTrack
    packaged: Rendition
    codecs: str
    timescale: int
    init_sha256: str
    segments: list[Segment]
    parts: list[str]
    is_copied: bool

    @property
    def name(self) -> str:
        """Return the rendition's name, such as ``video/720p``."""
        return self.packaged.rendition

    @property
    def init_key(self) -> str:
        """Return where its initialisation segment lies."""
        return init_key(self.asset_id, self.recipe, self.name)

    def key_of(self, segment: Segment) -> str:
        """Return where a segment lies."""
        return segment_key(self.asset_id, self.recipe, self.name, segment.number)

    @property
    def priming_s(self) -> Fraction:
        """Return how much of it lies before the timeline's origin."""
        planned = self.planned
        return (
            Fraction(planned.priming_samples, planned.sample_rate_hz)
            if isinstance(planned, AudioTrack)
            else Fraction(0)
        )

    @property
    def starts_ticks(self) -> list[int]:
        """Return when each segment begins, by what the segments before it state, and when the last one ends."""
        first = int((TIMELINE_ORIGIN_S - self.priming_s) * self.timescale)
        return list(accumulate((segment.duration_ticks for segment in self.segments), initial=first))

    def finding(self, code: str, number: int, message: str, remedy: Remedy = "encode") -> Finding:
        """Return what is wrong with a segment, or with the last one where there are fewer."""
        place = min(number, len(self.segments) - 1)
        key = self.key_of(self.segments[place])
        return Finding(code=code, key=key, message=message, remedy=remedy, part=self.parts[place])


def delivered_in(plan: AssetPlanned, packaged: AssetPackaged, chunks: Iterable[ChunkEncoded]) -> list[Delivered]:
    """Return the renditions that were packaged, each with its segments in order."""
    made: dict[str, list[tuple[ChunkEncoded, EncodedRendition]]] = {}
    for fact in sorted(chunks, key=lambda fact: fact.chunk):
        for rendition in fact.renditions:
            made.setdefault(rendition.rendition, []).append((fact, rendition))
    everything: list[Rung | AudioTrack] = [*plan.all_rungs, *plan.audio]
    planned = {f"{'video' if isinstance(own, Rung) else 'audio'}/{own.name}": own for own in everything}
    return [_delivered(plan, planned[own.rendition], own, made.get(own.rendition, [])) for own in packaged.renditions]


def _delivered(
    plan: AssetPlanned,
    planned: Rung | AudioTrack,
    packaged: Rendition,
    made: Sequence[tuple[ChunkEncoded, EncodedRendition]],
) -> Delivered:
    by_number = {segment.number: (segment, fact.part) for fact, own in made for segment in own.segments}
    first = made[0][1]
    copied = planned.copied if isinstance(planned, AudioTrack) else plan.copied and planned.name == plan.copied.name
    return Delivered(
        asset_id=plan.asset_id,
        recipe=plan.recipe,
        planned=planned,
        packaged=packaged,
        codecs=first.codecs,
        timescale=first.timescale,
        init_sha256=first.init_sha256,
        segments=[by_number[number][0] for number in sorted(by_number)],
        parts=[by_number[number][1] for number in sorted(by_number)],
        is_copied=bool(copied),
    )
