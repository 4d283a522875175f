"""Which tracks are made of an original's sound, whether it can be delivered as it is, and if not, why. Pure.

Codes are stable; an empty list means that the track needs no encoding.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated

import msgspec
from msgspec.structs import replace

from contracts.languages import bcp47, name_of
from contracts.v1 import AAC_PRIMING_SAMPLES, AudioStream, AudioTrack, Probe

STEREO = 2
SURROUND = 6
BITRATES_BPS = {1: 64_000, STEREO: 128_000, SURROUND: 384_000}
"""What sound that is encoded gets, by its channels."""
HIGHEST_BITRATES_BPS = {STEREO: 320_000, SURROUND: 960_000}
"""What sound that is copied may have, by the channels that are delivered at most."""
STANDARD_RATES_HZ = (48_000, 44_100)
LONGEST_SILENCE_S = Fraction(1, 4)
"""How much earlier than the picture sound may end that is not encoded; the encoder fills up with silence."""

_FRAME_SAMPLES = 1024


class SoundWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a profile asks of sound that is encoded: its loudness in LUFS, and how high its true peaks may reach then.

    ``surround``: what has 5.1 channels or more is delivered as 5.1, too.
    """

    target_lufs: Annotated[float, msgspec.Meta(ge=-70, le=0)] | None = None
    ceiling_dbtp: Annotated[float, msgspec.Meta(ge=-20, le=0)] = -1.0
    surround: bool = False


AS_IT_IS = SoundWish()


def tracks_of(
    probe: Probe, refused: Callable[[int], list[str]], timeline_s: Fraction, wish: SoundWish = AS_IT_IS
) -> list[AudioTrack]:
    """Return a track for each stream; the first is what the original itself plays unless somebody chooses otherwise.

    ``refused`` tells of each, by its number, the codes of why it could not be copied when that was tried. What is
    delivered in 5.1, too, comes after all that is played everywhere.
    """
    streams = sorted(probe.audio, key=lambda stream: not stream.default)
    tracks = [
        _named(track_of(probe, stream, refused(number), timeline_s), stream, number)
        for number, stream in enumerate(streams)
    ]
    richer = [number for number, stream in enumerate(streams) if stream.channels >= SURROUND and wish.surround]
    more = [
        _surround(track_of(probe, streams[number], refused(place), timeline_s, SURROUND), tracks[number])
        for place, number in enumerate(richer, len(tracks))
    ]
    return [_levelled(track, wish) for track in (*tracks, *more)]


def _surround(track: AudioTrack, stereo: AudioTrack) -> AudioTrack:
    return replace(
        track,
        name=f"{stereo.name}-surround",
        language=stereo.language,
        title=f"{stereo.title} (5.1)" if stereo.title else "5.1",
        describes_video=stereo.describes_video,
    )


def _levelled(track: AudioTrack, wish: SoundWish) -> AudioTrack:
    if track.copied or wish.target_lufs is None:
        return track
    return replace(track, target_lufs=wish.target_lufs, ceiling_dbtp=wish.ceiling_dbtp)


def _named(track: AudioTrack, stream: AudioStream, number: int) -> AudioTrack:
    language = bcp47(stream.language)
    return replace(
        track,
        name=f"track-{number}" if number else track.name,
        language=None if language == "und" else language,
        title=stream.title or name_of(language),
        describes_video=stream.describes_video,
    )


def track_of(
    probe: Probe, stream: AudioStream, refusals: list[str], timeline_s: Fraction, most: int = STEREO
) -> AudioTrack:
    """Return the track of ``most`` channels at most that is made of a stream.

    ``timeline_s`` is how long the picture is; ``refusals`` are codes of why it could not be copied when that was tried.
    """
    reasons = non_standard_sound(probe, stream, timeline_s, most) or refusals
    if reasons:
        channels = min(most, stream.channels)
        return AudioTrack(
            name="main",
            stream_index=stream.index,
            channels=channels,
            bitrate_bps=BITRATES_BPS[channels],
            language=stream.language,
            non_standard_input=reasons,
        )
    return AudioTrack(
        name="main",
        stream_index=stream.index,
        channels=stream.channels,
        bitrate_bps=_bitrate_bps(stream),
        sample_rate_hz=stream.sample_rate_hz,
        language=stream.language,
        copied=True,
        priming_samples=_priming_samples(probe, stream),
    )


def non_standard_sound(probe: Probe, stream: AudioStream, timeline_s: Fraction, most: int) -> list[str]:
    """Return codes of everything that keeps a stream from being delivered as it is, with ``most`` channels at most."""
    is_mp4 = probe.container.startswith(("mov", "mp4"))
    reasons = {
        "container": not is_mp4,
        "audio_codec": stream.codec != "aac" or stream.profile != "LC",
        "sample_rate": stream.sample_rate_hz not in STANDARD_RATES_HZ,
        "channels": stream.channels > most,
    }
    if stream.packets is None:
        reasons["packet_gaps"] = is_mp4 and stream.codec == "aac"
    else:
        start_samples = stream.packets.first_sample - _timeline_start(probe, stream)
        end_samples = start_samples + stream.packets.packets * _FRAME_SAMPLES
        reasons |= {
            "packet_size": stream.packets.packet_samples != _FRAME_SAMPLES,
            "bitrate": _bitrate_bps(stream) > HIGHEST_BITRATES_BPS[most],
            "audio_start": start_samples > _FRAME_SAMPLES,
            "audio_end": end_samples < (timeline_s - LONGEST_SILENCE_S) * stream.sample_rate_hz,
        }
    return [code for code, holds in reasons.items() if holds]


def _timeline_start(probe: Probe, stream: AudioStream) -> int:
    """Return where the picture begins, in samples on the container's clock."""
    video = probe.video[0]
    return round(Fraction(video.start_s - video.delay_s) * stream.sample_rate_hz)


def _priming_samples(probe: Probe, stream: AudioStream) -> int:
    """Return how many samples lie before the picture: a whole packet at least where there is one."""
    assert stream.packets is not None
    before = _timeline_start(probe, stream) - stream.packets.first_sample
    return before if before < 2 * AAC_PRIMING_SAMPLES else AAC_PRIMING_SAMPLES + before % _FRAME_SAMPLES


def _bitrate_bps(stream: AudioStream) -> int:
    assert stream.packets is not None
    samples = stream.packets.packets * stream.packets.packet_samples
    return round(Fraction(8 * stream.packets.size_bytes * stream.sample_rate_hz, samples))
