"""The fold of an asset's ``chunk.encoded`` facts: what of each rendition can be delivered. Pure."""

from collections.abc import Iterable
from fractions import Fraction

import msgspec

from contracts.v1 import AssetPlanned, AudioTrack, ChunkEncoded, EncodedRendition, IFrame, Rung, Segment
from services.runtime.errors import Permanent


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """A rendition as far as it goes without a gap: ``segments`` are numbered 0, 1, 2 … and ``timescale`` is ticks/s.

    ``code`` is why nothing of it can be heard, where that is known.
    """

    rendition: str
    codecs: str
    timescale: int
    segments: list[Segment]
    complete: bool
    code: str = ""

    @property
    def duration_s(self) -> float:
        """Return the length of the segments in seconds."""
        return sum(segment.duration_ticks for segment in self.segments) / self.timescale

    @property
    def size_bytes(self) -> int:
        """Return the size of the segments."""
        return sum(segment.size_bytes for segment in self.segments)

    @property
    def iframes(self) -> list[tuple[int, IFrame]]:
        """Return all key pictures, each with its segment's number; none until every segment is there and states its."""
        if not self.complete or not all(segment.iframes for segment in self.segments):
            return []
        return [(segment.number, iframe) for segment in self.segments for iframe in segment.iframes]


Planned = Rung | AudioTrack


def planned_in(plan: AssetPlanned) -> list[Planned]:
    """Return everything that a plan asks for: the ladder's rungs, those of other sets, then audio tracks."""
    return [*plan.all_rungs, *plan.audio]


def frame_rate_of(plan: AssetPlanned, rung: Rung) -> Fraction:
    """Return how many pictures a second a rung shows."""
    return plan.grid.frame_rate.fraction / rung.frame_step


def rendition_of(planned: Planned) -> str:
    """Return the name under which a rung or track is delivered."""
    return f"{'video' if isinstance(planned, Rung) else 'audio'}/{planned.name}"


def fold(plan: AssetPlanned, facts: Iterable[ChunkEncoded]) -> dict[str, Delivered]:
    """Return the planned renditions that have a first segment, in the plan's order; facts may come in any order.

    Raises: Permanent: ``chunks_do_not_join``.
    """
    encoded: dict[str, dict[int, EncodedRendition]] = {}
    for fact in facts:
        for rendition in fact.renditions:
            encoded.setdefault(rendition.rendition, {})[fact.chunk] = rendition
    folded = (
        _joined(name, list(chunks.values()), covered=_chunks_of(plan, planned) <= chunks.keys())
        for planned in planned_in(plan)
        if (chunks := encoded.get(name := rendition_of(planned)))
    )
    return {delivered.rendition: delivered for delivered in folded if delivered.segments}


def _chunks_of(plan: AssetPlanned, planned: Planned) -> set[int]:
    copied = plan.copied
    is_copied = copied is not None and isinstance(planned, Rung) and planned.name == copied.name
    return {chunk.index for chunk in (copied.chunks if copied and is_copied else plan.chunks)}


def _joined(name: str, chunks: list[EncodedRendition], *, covered: bool) -> Delivered:
    """Return the segments of a rendition's chunks up to the first gap."""
    if len({(chunk.init_sha256, chunk.codecs, chunk.timescale) for chunk in chunks}) > 1:
        raise Permanent("chunks_do_not_join", f"Chunks of {name} were encoded differently; upload the file again.")
    by_number = {segment.number: segment for chunk in chunks for segment in chunk.segments}
    prefix: list[Segment] = []
    while (segment := by_number.get(len(prefix))) is not None:
        prefix.append(segment)
    if covered and len(prefix) < len(by_number):
        raise Permanent("chunks_do_not_join", f"Segment {len(prefix)} of {name} is missing; upload the file again.")
    return Delivered(
        rendition=name,
        codecs=chunks[0].codecs,
        timescale=chunks[0].timescale,
        segments=prefix,
        complete=covered,
        code=chunks[0].code,
    )
