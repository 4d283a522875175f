"""By how much a whole track is made louder: one gain for all of it, found before anything of it is encoded.

Source: EBU R 128 (loudness normalisation by a constant gain; maximum permitted true peak).
"""

from math import floor, log10

from contracts.v1 import AudioTrack, EncodeAudio
from services.ladder_encode.media.sound import timeline_sound
from services.runtime.media_loudness import Heard, Meter

# The meter tells peaks as amplitudes with three decimals.
_PEAK_STEP = 0.001
# AAC gives peaks back that are higher than what it was given.
_CODEC_DB = 0.5


def gain_db_of(url: str, task: EncodeAudio) -> float | None:
    """Return the gain of a track in dB, None where none is wanted; it takes hearing all of the track.

    Raises: what ``timeline_sound`` raises.
    """
    if task.track.target_lufs is None:
        return None
    meter: Meter | None = None
    for frame in timeline_sound(url, task):
        meter = meter or Meter(frame)
        meter.hear(frame)
    heard = meter.read() if meter else None
    return _gain_db(heard, task.track, task.track.target_lufs) if heard else 0.0


def _gain_db(heard: Heard, track: AudioTrack, target_lufs: float) -> float:
    """Return what is missing to the target, or as much of it as the peaks have room for; silence stays as it is."""
    if heard.integrated_lufs is None:
        return 0.0
    room_db = track.ceiling_dbtp - _CODEC_DB - 20 * log10(heard.true_peak + _PEAK_STEP / 2)
    return floor(100 * min(target_lufs - heard.integrated_lufs, room_db)) / 100
