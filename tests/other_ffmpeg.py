"""Delivered assets as FFmpeg of another build than the one that made them plays them, over HTTP."""

import io
import subprocess
from fractions import Fraction

import av
import imageio_ffmpeg
import msgspec

from tests.media import COLUMNS, ROWS, beeps_heard, number_of

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


class Played(msgspec.Struct):
    """Time and number of each picture of each rung, times of beeps, and what FFmpeg had to complain about."""

    rungs: list[list[tuple[Fraction, int]]]
    beeps_s: list[float]
    errors: str


def play(url: str, *, sound: bool, from_s: float | None = None, pictures: int | None = None) -> Played:
    """Play every rung of a playlist or manifest at once; times count from the timeline's origin of 10 s.

    ``from_s`` is sought before anything is decoded; a rung plays ``pictures``, or to its end.
    """
    seek = [] if from_s is None else ["-ss", str(from_s)]
    limit = [] if pictures is None else ["-frames:v", str(pictures)]
    # A picture of one pixel for each block, as it is shown: neither doubled nor dropped, with its own time.
    shrunk = f"scale={COLUMNS}:{ROWS}:flags=area,format=gray"
    run = subprocess.run(
        [
            *(FFMPEG, "-nostdin", "-v", "error", "-copyts", *seek, "-i", url),
            *("-map", "0:v", "-vf", shrunk, "-c:v", "rawvideo", "-fps_mode", "passthrough"),
            *("-enc_time_base:v", "demux", *limit),
            *(["-map", "0:a", "-c:a", "pcm_f32le", "-ac", "1"] if sound else []),
            *("-f", "nut", "-"),
        ],
        capture_output=True,
        check=True,
    )
    return Played(_rungs(run.stdout), _beeps_s(run.stdout) if sound else [], run.stderr.decode())


def _rungs(data: bytes) -> list[list[tuple[Fraction, int]]]:
    with av.open(io.BytesIO(data), "r") as source:
        rungs: dict[int, list[tuple[Fraction, int]]] = {stream.index: [] for stream in source.streams.video}
        for packet in source.demux(source.streams.video):
            for frame in packet.decode():
                assert frame.pts is not None
                assert frame.time_base is not None
                rungs[packet.stream_index].append((frame.pts * frame.time_base, number_of(frame)))
    return list(rungs.values())


def _beeps_s(data: bytes) -> list[float]:
    with av.open(io.BytesIO(data), "r") as source:
        return beeps_heard(source)
