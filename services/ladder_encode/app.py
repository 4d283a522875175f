"""The ``ladder_encode`` process: consumes encode tasks of five lanes.

It produces ``chunk.encoded``, ``copy.refused``, and of subtitles ``captions.made``, ``captions.refused``.
"""

import os

from pydantic import Field

from services.ladder_encode.decide_text import text_refused
from services.ladder_encode.handler import copy_original, encode_audio_track, encode_video_chunk
from services.ladder_encode.text_handler import extract_subtitles
from services.runtime.service import Service, run
from services.runtime.settings import Settings

# Mostly waiting for the store: nothing is decoded.
COPIES = 2


class EncodeSettings(Settings):
    """What the encoder needs to know beyond the common settings."""

    encode_concurrency: int = Field(
        default_factory=lambda: len(os.sched_getaffinity(0)),
        ge=1,
        description="How many chunks of the bulk lane are encoded side by side.",
    )
    # 2160p at 60 frames a second, HDR, with the preset slow: 4.3 GB of address space, 3.5 GB of memory.
    media_memory_bytes: int = Field(default=6 << 30, description="Address space that one media child may use.")


def build(settings: EncodeSettings) -> Service:
    """Wire the service; the first picture of an asset and its sound never wait behind bulk work."""
    media = tuple(f"services.ladder_encode.media.{name}" for name in ("copy", "video", "audio", "subtitles"))
    service = Service("ladder_encode", settings, media=media)
    service.on("TASKS", "encode_copy", copy_original, concurrency=COPIES)
    service.on("TASKS", "encode_head", encode_video_chunk)
    service.on("TASKS", "encode_audio", encode_audio_track)
    service.on("TASKS", "encode_text", extract_subtitles, otherwise=text_refused)
    service.on("TASKS", "encode_bulk", encode_video_chunk, concurrency=settings.encode_concurrency)
    return service


def main() -> None:
    """Run the service."""
    run(build, EncodeSettings)


if __name__ == "__main__":
    main()
