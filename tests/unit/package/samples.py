"""A small plan, the facts that its tasks state."""

from collections.abc import Iterable, Sequence

from contracts.v1 import (
    AssetPlanned,
    AudioTrack,
    Chunk,
    ChunkEncoded,
    EncodedRendition,
    Grid,
    IFrame,
    Rational,
    Rung,
    Segment,
)

ASSET, RECIPE = "a" * 26, "r1"
RATE = Rational(24000, 1001)
LOW = Rung(name="360p", width=640, height=360, bitrate_bps=600_000)
MIDDLE = Rung(name="480p", width=852, height=480, bitrate_bps=1_000_000)
HIGH = Rung(name="1080p", width=1920, height=1080, bitrate_bps=5_000_000)
CODECS = {
    ("h264", "sdr"): "avc1.64001f",
    ("hevc", "pq"): "hvc1.2.4.L120.90",
    ("av1", "sdr"): "av01.0.08M.08",
}
SOUND = AudioTrack(name="main", stream_index=1, channels=2, bitrate_bps=128_000, language="en")

# 24000/1001 frames a second: segments of 96 frames, 4.004 s; the sixth has 24 frames, 1.001 s.
FRAMES, SEGMENT_FRAMES = 504, 96
CHUNK_SEGMENTS = [[0], [1, 2], [3, 4, 5]]
VIDEO_TICKS = [96_096] * 5 + [24_024]
VIDEO_TIMESCALE = 24_000
GOP_TICKS = 48_048
# Boundaries lie at whole frames of 1024 samples; the first segment carries one of priming more.
AUDIO_FRAMES = [189, 187, 188, 188, 187, 48]


def plan(rungs: Iterable[Rung] = (HIGH, MIDDLE, LOW), audio: Iterable[AudioTrack] = (SOUND,)) -> AssetPlanned:
    bounds = [0, 96, 288, FRAMES]
    return AssetPlanned(
        asset_id=ASSET,
        tenant="acme",
        recipe=RECIPE,
        grid=Grid(frame_rate=RATE, frames=FRAMES, segment_frames=SEGMENT_FRAMES, gop_frames=48),
        rungs=list(rungs),
        chunks=[Chunk(index=n, first_frame=bounds[n], end_frame=bounds[n + 1]) for n in range(3)],
        audio=list(audio),
    )


def size_of(rung: Rung, number: int) -> int:
    """Return the size of a segment: what the planned rate gives, the third one half as much again."""
    seconds = VIDEO_TICKS[number] / VIDEO_TIMESCALE
    return round(rung.bitrate_bps / 8 * seconds * (1.5 if number == 2 else 1))


def video(chunk: int, *rungs: Rung, part: str = "") -> ChunkEncoded:
    renditions = [
        EncodedRendition(
            rendition=f"video/{rung.name}",
            codecs=CODECS[rung.codec, rung.dynamic_range],
            timescale=VIDEO_TIMESCALE,
            init_sha256=f"init-{rung.name}",
            segments=[segment(n, VIDEO_TICKS[n], size_of(rung, n), iframes_of(rung, n)) for n in CHUNK_SEGMENTS[chunk]],
        )
        for rung in rungs
    ]
    return fact(chunk, part or f"video-{chunk:05d}", renditions)


def iframes_of(rung: Rung, number: int) -> list[IFrame]:
    """Return the key pictures of a segment: a tenth of the bytes of its share, the second one at the share's start."""
    ticks = VIDEO_TICKS[number]
    starts = range(0, ticks, GOP_TICKS)
    share = size_of(rung, number) // len(starts)
    return [
        IFrame(offset_bytes=n * share, size_bytes=share // 10, duration_ticks=min(GOP_TICKS, ticks - start))
        for n, start in enumerate(starts)
    ]


def audio(chunk: int) -> ChunkEncoded:
    segments = [segment(n, AUDIO_FRAMES[n] * 1024, 64_000 if n < 5 else 16_000) for n in CHUNK_SEGMENTS[chunk]]
    rendition = EncodedRendition(
        rendition="audio/main", codecs="mp4a.40.2", timescale=48_000, init_sha256="init-main", segments=segments
    )
    return fact(chunk, f"audio-0-{chunk:05d}", [rendition])


def fact(chunk: int, part: str, renditions: list[EncodedRendition]) -> ChunkEncoded:
    return ChunkEncoded(asset_id=ASSET, tenant="acme", recipe=RECIPE, part=part, chunk=chunk, renditions=renditions)


def segment(number: int, duration_ticks: int, size_bytes: int, iframes: Sequence[IFrame] = ()) -> Segment:
    return Segment(
        number=number,
        duration_ticks=duration_ticks,
        size_bytes=size_bytes,
        sha256=f"{number}",
        iframes=list(iframes),
    )


def all_chunks() -> list[ChunkEncoded]:
    """Return every fact that the plan leads to, in the order in which workers are likely to state them."""
    return [
        video(0, LOW, part="video-00000-head"),
        audio(0),
        video(0, HIGH, MIDDLE),
        audio(1),
        audio(2),
        video(1, HIGH, MIDDLE, LOW),
        video(2, HIGH, MIDDLE, LOW),
    ]
