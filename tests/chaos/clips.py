"""The originals of the load: tiny, of several kinds, and each with what must become of it."""

import struct
from pathlib import Path
from typing import NamedTuple

from tests.media import make_clip

LONG_GROUPS = {"x264-params": "keyint=250:min-keyint=250:scenecut=0"}
PART_BYTES = 5 << 20
"""The least that S3 takes as a part that is not the last."""
LARGE_BYTES = 101 << 20
"""More than the gateway lets anybody send whole."""


class Clip(NamedTuple):
    """An original; ``code`` is what its asset must fail with, None where it must become ready."""

    name: str
    body: bytes
    code: str | None = None


def make_clips(folder: Path) -> dict[str, Clip]:
    """Return the clips by name; ``parts`` is long enough for a multipart upload, ``text`` is none at all."""

    def made(name: str, **options: object) -> Clip:
        return Clip(name, make_clip(folder / f"{name}.mp4", **options).read_bytes())  # type: ignore[arg-type]  # passed on

    clips = [
        made("silent", frames=25),
        made("copied", frames=50, beeps_s=[0.5]),
        made("encoded", width=320, height=180, frames=50, beeps_s=[0.5], options=LONG_GROUPS),
        made("chunks", frames=150, beeps_s=[0.5], options=LONG_GROUPS),
    ]
    parts = Clip("parts", padded(clips[1].body, PART_BYTES + 4096))
    text = Clip("text", b"Dear sir, please find my video attached.\n" * 100, "not_media")
    return {clip.name: clip for clip in [*clips, parts, text]}


def padded(body: bytes, size_bytes: int) -> bytes:
    """Return an MP4 with a box at its end that readers skip. Source: ISO/IEC 14496-12 §8.1.2."""
    room = size_bytes - len(body)
    return body + struct.pack(">I4s", room, b"free") + bytes(room - 8)
