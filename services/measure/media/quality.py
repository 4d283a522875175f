"""XPSNR of delivered segments against the source, scaled to each rung's size exactly as the encoder got it.

Source: C. R. Helmrich et al., "XPSNR: a low-complexity extension of the perceptually weighted peak signal-to-noise
ratio for high-resolution video quality assessment", ICASSP 2020.
"""

import io
from collections.abc import Sequence
from fractions import Fraction

import av
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from contracts.v1 import Rung
from services.measure.decide import Sample
from services.runtime.errors import Permanent
from services.runtime.media_graph import ScalingLadder, buffer_arguments
from services.runtime.media_slots import fill_slots
from services.runtime.media_source import slotted_pictures

_COMPARABLE = "yuv420p"
_PER_PICTURE = "lavfi.xpsnr.xpsnr.y"


def luma_errors(url: str, sample: Sample, files: list[bytes]) -> list[float | None]:
    """Return for each rung its weighted squared error of luma, relative to the peak's square, mean over the pictures.

    ``files`` are the rungs' segments, each after its initialisation segment. None: another pixel format than the
    source is scaled to.

    Raises: Permanent: ``segment_too_short``, or what opening and reading the original raises.
    """
    rate = sample.grid.frame_rate.fraction
    ladder = ScalingLadder(sample.source, sample.rungs)
    comparisons = [_Comparison(rung, data, 1 / rate) for rung, data in zip(sample.rungs, files, strict=True)]
    pictures = slotted_pictures(url, sample.source, rate, sample.first_frame)
    for picture, slots in fill_slots(pictures, sample.first_frame, sample.end_frame):
        scaled = ladder.scaled(picture)
        for _ in slots:
            for comparison, reference in zip(comparisons, scaled, strict=True):
                comparison.see(reference)
    return [comparison.error for comparison in comparisons]


class _Comparison:
    """One rung's segment beside the source, picture by picture."""

    def __init__(self, rung: Rung, data: bytes, slot_s: Fraction) -> None:
        self._rung = rung
        self._slot_s = slot_s
        container = av.open(io.BytesIO(data), "r", format="mp4")
        container.streams.video[0].codec_context.thread_count = 1
        self._delivered = container.decode(video=0)
        self._graph: Graph | None = None
        self._entries: Sequence[FilterContext] = ()
        self._exit: FilterContext
        self._errors: list[float] = []

    @property
    def error(self) -> float | None:
        """Return the mean of what was seen."""
        return sum(self._errors) / len(self._errors) if self._errors else None

    def see(self, reference: VideoFrame) -> None:
        """Compare the next delivered picture with what the encoder got."""
        delivered = next(self._delivered, None)
        if delivered is None:
            raise Permanent("segment_too_short", f"A segment of {self._rung.name} has fewer pictures than planned.")
        if delivered.format.name != _COMPARABLE:
            return
        number = len(self._errors)
        # Both are the same kind of picture; only what they say of it may differ.
        reference.colorspace, reference.color_range = delivered.colorspace, delivered.color_range
        for picture in (reference, delivered):
            picture.pts, picture.time_base = number, self._slot_s
        if self._graph is None:
            self._build(delivered)
        for entry, picture in zip(self._entries, (reference, delivered), strict=True):
            entry.push(picture)
        compared = self._exit.pull()
        assert isinstance(compared, VideoFrame)
        self._errors.append(10 ** (-float(compared.metadata[_PER_PICTURE]) / 10))

    def _build(self, picture: VideoFrame) -> None:
        self._graph = graph = Graph()
        graph.threads = 1
        self._entries = [graph.add("buffer", buffer_arguments(picture)) for _ in range(2)]
        comparing, self._exit = graph.add("xpsnr"), graph.add("buffersink")
        for position, entry in enumerate(self._entries):
            entry.link_to(comparing, 0, position)
        comparing.link_to(self._exit)
        graph.configure()
