"""Encode a clip as the pipeline would, chunk by chunk, and hold what is delivered."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import msgspec
from av.container import InputContainer

from contracts.v1 import (
    TIMELINE_ORIGIN_S,
    AudioTrack,
    Chunk,
    EncodeAudio,
    EncodeVideo,
    Grid,
    Original,
    Probe,
    Rational,
    Rung,
)
from services.ladder_encode.media.audio import encode_audio
from services.ladder_encode.media.video import encode_video
from services.ladder_encode.segment import EncodedSegment, Header
from services.probe.media import read_probe

LOW = Rung(name="44p", width=80, height=44, bitrate_bps=200_000)
HIGH = Rung(name="90p", width=160, height=90, bitrate_bps=600_000)
TRACK = AudioTrack(name="main", stream_index=1, channels=2, bitrate_bps=128_000)
ORIGINAL = Original(bucket="media", key="uploads/clip", size_bytes=1, etag="e")


class Delivered(msgspec.Struct):
    """One rendition as a player gets it."""

    headers: list[Header]
    segments: list[EncodedSegment]

    @property
    def data(self) -> bytes:
        return self.headers[0].init + b"".join(segment.data for segment in self.segments)

    @contextmanager
    def played(self) -> Iterator[InputContainer]:
        with av.open(io.BytesIO(self.data), "r") as container:
            yield container


def probed(clip: Path) -> Probe:
    return read_probe(str(clip), clip.stat().st_size)


def grid(rate: Fraction, frames: int) -> Grid:
    """Return a grid whose segments last about 2 s, in two groups of pictures."""
    gop = max(1, round(rate))
    return Grid(
        frame_rate=Rational(rate.numerator, rate.denominator), frames=frames, segment_frames=2 * gop, gop_frames=gop
    )


def chunks(of: Grid, segments: int = 1) -> list[Chunk]:
    bounds = [*of.segment_starts[::segments], of.frames]
    return [Chunk(index=i, first_frame=a, end_frame=b) for i, (a, b) in enumerate(pairwise(bounds))]


def video_task(probe: Probe, on: Grid, chunk: Chunk, rungs: Sequence[Rung] = (HIGH,)) -> EncodeVideo:
    return EncodeVideo(
        asset_id="asset",
        recipe="recipe",
        original=ORIGINAL,
        lane="bulk",
        part=f"video-{chunk.index:05d}",
        grid=on,
        chunk=chunk,
        source=probe.video[0],
        rungs=[*rungs],
    )


def audio_task(probe: Probe, on: Grid, track: AudioTrack = TRACK, segments: int = 1) -> EncodeAudio:
    return EncodeAudio(
        asset_id="asset",
        recipe="recipe",
        original=ORIGINAL,
        lane="audio",
        part="audio-0",
        grid=on,
        chunks=chunks(on, segments),
        source=probe.audio[0],
        track=track,
        timeline_start_s=probe.video[0].start_s - probe.video[0].delay_s,
    )


def delivered_video(
    clip: Path, rungs: Sequence[Rung] = (HIGH,), on: Grid | None = None, segments: int = 1, url: str | None = None
) -> dict[str, Delivered]:
    """Encode each chunk by itself, last first, and return what lies in the store in the end, by rendition."""
    probe = probed(clip)
    of = on or grid_of(probe)
    made: dict[str, Delivered] = {}
    for chunk in reversed(chunks(of, segments)):
        for segment in encode_video(url or str(clip), video_task(probe, of, chunk, rungs)):
            _add(made, segment)
    return made


def delivered_audio(clip: Path, track: AudioTrack = TRACK, on: Grid | None = None) -> Delivered:
    probe = probed(clip)
    made: dict[str, Delivered] = {}
    for segment in encode_audio(str(clip), audio_task(probe, on or grid_of(probe), track)):
        assert isinstance(segment, EncodedSegment)
        _add(made, segment)
    return made[f"audio/{track.name}"]


def grid_of(probe: Probe) -> Grid:
    video = probe.video[0]
    rate = video.frame_rate.fraction * (2 if video.interlaced else 1)
    return grid(rate, round(Fraction(video.duration_s) * rate))


def timeline(pictures: Sequence[tuple[Fraction, int]]) -> tuple[list[Fraction], list[int]]:
    """Return times after the origin, and numbers shown."""
    return [at - TIMELINE_ORIGIN_S for at, _ in pictures], [number for _, number in pictures]


def _add(made: dict[str, Delivered], segment: EncodedSegment) -> None:
    rendition = made.setdefault(segment.rendition, Delivered([], []))
    if segment.header is not None:
        rendition.headers.append(segment.header)
    rendition.segments = sorted([*rendition.segments, segment], key=lambda own: own.number)
