"""Encoders with a defect, for those who must find it; they run in media children, too."""

import struct
from collections.abc import Iterable, Iterator
from typing import TypeVar

import pytest
from msgspec.structs import replace

from contracts.v1 import EncodeAudio, EncodeVideo
from services.ladder_encode.media import video
from services.ladder_encode.media.audio import encode_audio
from services.ladder_encode.segment import EncodedSegment, Refusal
from services.runtime.media_slots import fill_slots

T = TypeVar("T")

LOST_SLOT = 30
LATE_TICKS = 4800


def late_sound(url: str, task: EncodeAudio) -> Iterator[EncodedSegment | Refusal]:
    """Yield a track whose last segment says to begin 0.1 s late."""
    for segment in encode_audio(url, task):
        last = isinstance(segment, EncodedSegment) and segment.number == len(task.grid.segment_starts) - 1
        yield replace(segment, data=later(segment.data, LATE_TICKS)) if last else segment  # type: ignore[union-attr]  # it is one


def incomplete_video(url: str, task: EncodeVideo) -> Iterator[EncodedSegment]:
    """Yield a chunk without the picture in slot 30."""
    with pytest.MonkeyPatch.context() as encoder:
        encoder.setattr(video, "fill_slots", losing)
        yield from video.encode_video(url, task)


def losing(pictures: Iterable[tuple[int, T]], first: int, end: int) -> Iterator[tuple[T, list[int]]]:
    """Yield what fills the slots, but one."""
    for picture, slots in fill_slots(pictures, first, end):
        yield picture, [slot for slot in slots if slot != LOST_SLOT]


def later(data: bytes, ticks: int) -> bytes:
    """Return a segment that says to begin later."""
    moved, at = data, data.find(b"tfdt")
    while at >= 0:
        (begins,) = struct.unpack_from(">Q", data, at + 8)
        moved = moved[: at + 8] + struct.pack(">Q", begins + ticks) + moved[at + 16 :]
        at = data.find(b"tfdt", at + 1)
    return moved
