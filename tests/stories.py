"""The facts of an asset's life, in the order of a log: 12 s of 720p with sound, in two chunks."""

from datetime import UTC, datetime

from contracts.v1 import (
    AnyFact,
    AssetAwaited,
    AssetFailed,
    AssetIngested,
    AssetPackaged,
    AssetPlanned,
    AssetPlayable,
    AssetProbed,
    AssetReady,
    AudioStream,
    AudioTrack,
    Chunk,
    ChunkEncoded,
    Grid,
    Original,
    Probe,
    Rational,
    Rendition,
    Rung,
    ThumbnailMade,
    VideoStream,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RECIPE = "0123456789ab"
RATE = Rational(25, 1)
PARTS = ("video-00000-head", "audio-0-00000", "audio-0-00001", "video-00000", "video-00001")


def awaited(asset_id: str, name: str = "clip.mp4") -> AssetAwaited:
    """Return that a file was announced."""
    return AssetAwaited(
        asset_id=asset_id,
        name=name,
        key=f"uploads/{name}",
        size_bytes=1_000_000,
        content_type="video/mp4",
        playback_policy="signed",
        title="A clip",
        description="Twelve seconds.",
        metadata={"by": "me"},
        tags=["short"],
        category="films",
    )


def ingested(asset_id: str, name: str = "clip.mp4") -> AssetIngested:
    """Return the first fact of an asset."""
    return AssetIngested(asset_id=asset_id, name=name, original=_original(name))


def probed(asset_id: str, name: str = "clip.mp4") -> AssetProbed:
    """Return what was found in the original."""
    picture = VideoStream(index=0, codec="h264", width=1280, height=720, frame_rate=RATE, start_s=0.0, duration_s=12.0)
    sound = AudioStream(index=1, codec="aac", sample_rate_hz=48_000, channels=2, start_s=0.0, duration_s=12.0)
    probe = Probe(container="mov", duration_s=12.02, size_bytes=1_000_000, video=[picture], audio=[sound])
    return AssetProbed(asset_id=asset_id, original=_original(name), probe=probe)


def planned(asset_id: str) -> AssetPlanned:
    """Return the plan, of which ``PARTS`` are the shares."""
    return AssetPlanned(
        asset_id=asset_id,
        recipe=RECIPE,
        grid=Grid(frame_rate=RATE, frames=300, segment_frames=100, gop_frames=50),
        rungs=[
            Rung(name="720p", width=1280, height=720, bitrate_bps=2_500_000),
            Rung(name="360p", width=640, height=360, bitrate_bps=600_000),
        ],
        chunks=[Chunk(index=0, first_frame=0, end_frame=100), Chunk(index=1, first_frame=100, end_frame=300)],
        audio=[AudioTrack(name="main", stream_index=1, channels=2, bitrate_bps=128_000)],
        warnings=["The file has 2 audio streams; only the first is used."],
    )


def encoded(asset_id: str, part: str) -> ChunkEncoded:
    """Return that a share is encoded."""
    chunk = int(part.removesuffix("-head").rpartition("-")[2])
    return ChunkEncoded(asset_id=asset_id, recipe=RECIPE, part=part, chunk=chunk, renditions=[])


def playable(asset_id: str) -> AssetPlayable:
    """Return that a player can start."""
    return AssetPlayable(asset_id=asset_id, recipe=RECIPE, hls_key=_key(asset_id, "index.m3u8"))


def packaged(asset_id: str) -> AssetPackaged:
    """Return that the playlists are complete."""
    rendition = Rendition(
        rendition="video/720p",
        codecs="avc1.64001f",
        playlist_key=_key(asset_id, "video/720p/playlist.m3u8"),
        duration_s=12.0,
        size_bytes=3_000_000,
        segments=3,
        bandwidth_bps=2_600_000,
        average_bandwidth_bps=2_000_000,
        width=1280,
        height=720,
        frame_rate=RATE,
    )
    return AssetPackaged(
        asset_id=asset_id,
        recipe=RECIPE,
        hls_key=_key(asset_id, "index.m3u8"),
        dash_key=_key(asset_id, "manifest.mpd"),
        duration_s=12.0,
        renditions=[rendition],
    )


def pictured(asset_id: str) -> ThumbnailMade:
    """Return that the pictures are there."""
    return ThumbnailMade(
        asset_id=asset_id,
        recipe=RECIPE,
        poster_key=_key(asset_id, "thumbnails/poster.jpg"),
        poster_width=1280,
        poster_height=720,
        storyboard_key=_key(asset_id, "thumbnails/storyboard.vtt"),
        tiles=3,
    )


def ready(asset_id: str) -> AssetReady:
    """Return that everything was verified."""
    return AssetReady(
        asset_id=asset_id,
        recipe=RECIPE,
        hls_key=_key(asset_id, "index.m3u8"),
        dash_key=_key(asset_id, "manifest.mpd"),
        poster_key=_key(asset_id, "thumbnails/poster.jpg"),
        storyboard_key=_key(asset_id, "thumbnails/storyboard.vtt"),
        duration_s=12.0,
    )


def failed(asset_id: str, code: str = "not_media") -> AssetFailed:
    """Return that the asset cannot be made."""
    return AssetFailed(asset_id=asset_id, code=code, message="Upload a video.", service="probe")


def life_of(asset_id: str, name: str = "clip.mp4") -> list[AnyFact]:
    """Return every fact of an asset that became ready."""
    head, *others = PARTS
    return [
        ingested(asset_id, name),
        probed(asset_id, name),
        planned(asset_id),
        encoded(asset_id, head),
        pictured(asset_id),
        playable(asset_id),
        *(encoded(asset_id, part) for part in others),
        packaged(asset_id),
        ready(asset_id),
    ]


def _original(name: str) -> Original:
    return Original(bucket="media", key=f"uploads/{name}", size_bytes=1_000_000, etag="e1")


def _key(asset_id: str, name: str) -> str:
    return f"assets/{asset_id}/{RECIPE}/{name}"
