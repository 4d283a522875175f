"""What is to be made of an original: rungs of pictures, tracks of sound."""

from typing import Literal

from contracts.base import Value
from contracts.v1.timeline import AAC_PRIMING_SAMPLES, Chunk

DEFAULT_PRESET = "veryfast"
"""The preset of x264 for the default profile."""

PlanStage = Literal["final", "candidates", "refined"]
"""``final``: said once. ``candidates``: the best rung is decided when the source's complexity is known; ``refined``:
it is known, or will not be waited for any longer."""

DynamicRange = Literal["sdr", "pq", "hlg"]
"""``pq`` and ``hlg`` are high dynamic range by the transfer functions of ITU-R BT.2100."""


class Rung(Value, frozen=True, kw_only=True):
    """One step of the ladder: even sizes in pixels, ``bitrate_bps`` is the most it may use on average.

    It shows every ``frame_step``-th slot of the grid, and is cut into the same segments.
    ``predicted_bitrate_bps`` is what it will use on average, where that was measured.
    """

    name: str
    width: int
    height: int
    bitrate_bps: int
    codec: str = "h264"
    frame_step: int = 1
    dynamic_range: DynamicRange = "sdr"
    predicted_bitrate_bps: int | None = None


class RungSet(Value, frozen=True, kw_only=True):
    """Rungs beside the ladder's own that a task encodes together: of one codec and range, with one ``preset``."""

    name: str
    preset: str
    rungs: list[Rung]


class CopiedRung(Value, frozen=True, kw_only=True):
    """The rung called ``name`` is the original's own pictures; it is cut where they allow it, not at the grid.

    ``segments`` are lengths in slots, ``chunks`` its shares. ``ladder_bitrate_bps`` is what the ladder grants the rung
    that it stands in for.
    """

    name: str
    segments: list[int]
    chunks: list[Chunk]
    ladder_bitrate_bps: int | None = None


class AudioTrack(Value, frozen=True, kw_only=True):
    """One audio rendition to make of the source's stream ``stream_index``.

    ``copied``: it is the original's own packets; else ``non_standard_input`` holds stable codes of why it cannot be.
    ``priming_samples`` of it lie before the timeline's origin. ``title`` is for people; ``describes_video``: a voice
    tells what is to be seen. A plan's first track is the one that is heard unless somebody chooses otherwise.
    With a ``target_lufs`` the whole track is made so loud, by one gain, as far as its true peak then stays below
    ``ceiling_dbtp``.
    """

    name: str
    stream_index: int
    channels: int
    bitrate_bps: int
    sample_rate_hz: int = 48_000
    codec: str = "aac"
    language: str | None = None
    copied: bool = False
    non_standard_input: list[str] = []
    priming_samples: int = AAC_PRIMING_SAMPLES
    title: str = ""
    describes_video: bool = False
    target_lufs: float | None = None
    ceiling_dbtp: float = 0.0
