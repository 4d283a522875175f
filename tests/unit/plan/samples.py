"""An original of one or more streams, as it was probed."""

from typing import Any

import msgspec

from contracts.v1 import AssetProbed, AudioStream, Original, Probe, Rational, VideoStream


def video(**fields: Any) -> VideoStream:
    stated = VideoStream(
        index=0, codec="h264", width=128, height=72, frame_rate=Rational(25, 1), start_s=1.5, duration_s=10
    )
    return msgspec.structs.replace(stated, **fields)


def audio(**fields: Any) -> AudioStream:
    stated = AudioStream(index=1, codec="aac", sample_rate_hz=44_100, channels=2, start_s=1.4, duration_s=10)
    return msgspec.structs.replace(stated, **fields)


def probed(*videos: VideoStream, sounds: list[AudioStream]) -> AssetProbed:
    probe = Probe(container="mp4", duration_s=10, size_bytes=1, video=list(videos), audio=sounds)
    return AssetProbed(
        asset_id="a", original=Original(bucket="media", key="uploads/a", size_bytes=1, etag="e"), probe=probe
    )
