"""What cutting into chunks does to a rung: frames, likeness to the source, and the decoder's buffer at the joints."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import av
from msgspec.structs import replace

from contracts.v1 import EncodeVideo, Rung
from services.ladder_encode.media.video import encode_video
from services.ladder_encode.media.x264 import x264_options
from services.ladder_encode.segment import EncodedSegment
from tests.bench.encode_originals import FFMPEG, RATE
from tests.bench.encode_workers import one_chunk


class Quality(NamedTuple):
    """A rung as delivered; likeness is of luma; ``least_buffer`` is the lowest fill of the decoder's buffer, 0 to 1."""

    frames: int
    psnr_db: float
    xpsnr_db: float
    least_buffer: float


def chunked(original: Path, task: EncodeVideo, ends_s: Sequence[int], path: Path) -> Quality:
    """Encode the task's top rung in chunks that end at these times, and compare it with the source."""
    task = replace(task, rungs=task.rungs[:1])
    starts_s = [0, *ends_s[:-1]]
    segments: list[EncodedSegment] = []
    for first_s, end_s in zip(starts_s, ends_s, strict=True):
        segments += encode_video(str(original), one_chunk(task, first_s, end_s))
    header = segments[0].header
    assert header is not None
    path.write_bytes(header.init + b"".join(segment.data for segment in segments))
    sizes = _picture_sizes(path)
    return Quality(len(sizes), *_likeness(path, original), _least_buffer(sizes, task))


def _likeness(made: Path, original: Path) -> tuple[float, float]:
    """Return PSNR and XPSNR of luma; pictures are paired by their number."""
    pictures = f"settb=1/{RATE},setpts=N,split"
    graph = f"[0:v]{pictures}[a][b];[1:v]{pictures}[c][d];[a][c]psnr=shortest=1;[b][d]xpsnr=shortest=1"
    report = subprocess.run(
        [FFMPEG, "-nostdin", "-nostats", "-i", str(made), "-i", str(original), "-lavfi", graph, "-f", "null", "-"],
        check=True,
        capture_output=True,
        text=True,
    ).stderr
    (psnr,) = re.findall(r"\] PSNR y:([\d.]+)", report)
    (xpsnr,) = re.findall(r"\] XPSNR +y: *([\d.]+)", report)
    return float(psnr), float(xpsnr)


def _picture_sizes(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [packet.size for packet in container.demux(container.streams.video[0]) if packet.size]


def _least_buffer(sizes: Sequence[int], task: EncodeVideo) -> float:
    """Play through a buffer that fills at the highest rate; below 0 a player on such a line would stall.

    Source: ITU-T H.264, annex C.1.2, with the fill at which each first chunk begins.
    """
    rung: Rung = task.rungs[0]
    options = x264_options(rung, task.grid, task.preset)
    buffer_bits, initial = int(options["bufsize"]), float(options["x264-params"].split("vbv-init=")[1].split(":")[0])
    refill_bits = int(options["maxrate"]) / float(task.grid.frame_rate.fraction)
    fill = least = initial * buffer_bits
    for size in sizes:
        fill -= 8 * size
        least = min(least, fill)
        fill = min(buffer_bits, fill + refill_bits)
    return least / buffer_bits
