"""Encode snippets of an original as its rungs will be, but small, and count their bits.

The whole picture at the smallest size says how much there is in it. How that grows with size depends on how fine its
details are: film grain is gone from a small picture. So the middle is cut out of the largest picture, as large as the
smallest, and the same out of the smallest: what the one takes and the other tells it, for little more work.
"""

from itertools import chain

from av.codec import CodecContext
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from contracts.v1 import Grid, MeasureComplexity, Snippet
from services.measure.decide_complexity import largest, smallest, snippet_starts
from services.runtime.errors import Permanent
from services.runtime.media_graph import ScalingLadder, buffer_arguments
from services.runtime.media_slots import fill_slots
from services.runtime.media_source import slotted_pictures
from services.runtime.media_x264 import steady_instructions

_BITS = 8
_LEAST_SIDE = 16


def measure_snippets(url: str, task: MeasureComplexity) -> list[Snippet]:
    """Return what snippets of one group of pictures each take, spread over the timeline.

    Each begins at the key picture before its place, so nothing is decoded only to reach it.

    Raises: Permanent: ``nothing_to_measure``, or what opening and reading the original raises.
    """
    found = [_snippet(url, task, near) for near in snippet_starts(task.grid)]
    snippets = [snippet for snippet in found if snippet is not None]
    if not snippets:
        raise Permanent("nothing_to_measure", "No picture can be decoded where the file was looked at.")
    return snippets


def _snippet(url: str, task: MeasureComplexity, near: int) -> Snippet | None:
    rate, frames = task.grid.frame_rate.fraction, task.grid.gop_frames
    pictures = slotted_pictures(url, task.source, rate, near)
    if (found := next(pictures, None)) is None:
        return None
    first = found[0]
    large, small = largest(task.rungs), smallest(task.rungs)
    ladder = ScalingLadder(task.source, [large, small])
    whole, fine = (_Cut(task.grid, small.width, small.height) for _ in range(2))
    coarse = _Cut(task.grid, small.width**2 // large.width, small.height**2 // large.height)
    for picture, slots in fill_slots(chain([found], pictures), first, first + frames):
        above, below = ladder.scaled(picture)
        for slot in slots:
            for cut, scaled in ((whole, below), (fine, above), (coarse, below)):
                cut.encode(scaled, slot - first)
    bits = _BITS * whole.finish()
    return Snippet(
        start_s=float(first / rate),
        duration_s=float(frames / rate),
        bitrate_bps=round(bits * rate / frames),
        bits_per_pixel=round(bits / (frames * small.width * small.height), 4),
        growth=round(fine.finish() / coarse.finish(), 3),
    )


class _Cut:
    """The middle of pictures, encoded as the ladder is by default, but with nothing to hold it back."""

    def __init__(self, grid: Grid, width: int, height: int) -> None:
        self._width, self._height = (max(_LEAST_SIDE, side // 2 * 2) for side in (width, height))
        self._slot_s = 1 / grid.frame_rate.fraction
        self._encoder = _encoder(grid, self._width, self._height)
        self._graph: Graph | None = None
        self._entry: FilterContext
        self._exit: FilterContext
        self._size_bytes = 0

    def encode(self, picture: VideoFrame, number: int) -> None:
        """Take the next picture."""
        picture.pts, picture.time_base = number, self._slot_s
        if self._graph is None:
            self._build(picture)
        self._entry.push(picture)
        cut = self._exit.pull()
        assert isinstance(cut, VideoFrame)
        # Or the source's key pictures become ours.
        cut.pict_type = PictureType.NONE
        self._size_bytes += sum(packet.size for packet in self._encoder.encode(cut))

    def finish(self) -> int:
        """Return the size of everything in bytes."""
        return self._size_bytes + sum(packet.size for packet in self._encoder.encode(None))

    def _build(self, picture: VideoFrame) -> None:
        self._graph = graph = Graph()
        graph.threads = 1
        self._entry, self._exit = graph.add("buffer", buffer_arguments(picture)), graph.add("buffersink")
        graph.link_nodes(self._entry, graph.add("crop", f"{self._width}:{self._height}"), self._exit)
        graph.configure()


def _encoder(grid: Grid, width: int, height: int) -> VideoCodecContext:
    encoder = CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate, encoder.time_base = grid.frame_rate.fraction, 1 / grid.frame_rate.fraction
    encoder.thread_count = 1
    encoder.options = {
        "preset": "veryfast",
        "crf": "22",
        "g": str(grid.gop_frames),
        "sc_threshold": "0",
        "x264-params": ":".join(f"{name}={value}" for name, value in steady_instructions().items()),
    }
    return encoder
