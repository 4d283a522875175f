"""A film with everything beside its picture: several languages, 5.1, subtitles and chapters."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream

from tests.media import SAMPLE_RATE_HZ, beeping_frames, numbered_frames

_MS = Fraction(1, 1000)
# Encoders of text do not open without one.
_ASS_HEADER = (
    b"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\nStyle: Default,Arial,16\n\n"
    b"[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)


class Sound(NamedTuple):
    """One audio stream."""

    language: str
    title: str = ""
    layout: str = "stereo"


class Text(NamedTuple):
    """One stream of subtitles; lines are start and end in seconds, and what the codec has for a text."""

    language: str
    lines: Sequence[tuple[float, float, str]]
    title: str = ""
    codec: str = "subrip"
    flags: Disposition = Disposition(0)


def make_film(
    path: Path,
    *,
    seconds: int = 2,
    sounds: Sequence[Sound] = (),
    texts: Sequence[Text] = (),
    chapters: Sequence[tuple[float, float, str]] = (),
) -> Path:
    """Write a film and return its path; chapters are start and end in seconds, and a title."""
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        assert isinstance(video, VideoStream)
        video.width, video.height = 160, 90
        audio = [_audio(output, sound) for sound in sounds]
        subtitles = [_subtitles(output, text) for text in texts]
        output.set_chapters(
            [
                {
                    "id": number,
                    "start": round(1000 * start_s),
                    "end": round(1000 * end_s),
                    "time_base": _MS,
                    "metadata": {"title": title},
                }
                for number, (start_s, end_s, title) in enumerate(chapters)
            ]
        )
        output.start_encoding()
        packets: list[Packet[Stream]] = []
        for number, frame in enumerate(numbered_frames(25 * seconds, 160, 90)):
            frame.pts, frame.time_base = number, Fraction(1, 25)
            packets += video.encode(frame)
        packets += video.encode(None)
        for stream, sound in zip(audio, sounds, strict=True):
            at = 0
            for beep in chain(beeping_frames([0.5, 1.5], seconds, sound.layout), [None]):
                if beep is not None:
                    beep.sample_rate, beep.pts, beep.time_base = SAMPLE_RATE_HZ, at, Fraction(1, SAMPLE_RATE_HZ)
                    at += beep.samples
                packets += stream.encode(beep)
        for own, text in zip(subtitles, texts, strict=True):
            packets += [_line(own, text.codec, *line) for line in text.lines]
        for packet in sorted(packets, key=lambda packet: (packet.dts or 0) * packet.time_base):
            output.mux(packet)
    return path


def _audio(output: OutputContainer, sound: Sound) -> AudioStream:
    stream = output.add_stream("aac", rate=SAMPLE_RATE_HZ)
    assert isinstance(stream, AudioStream)
    stream.codec_context.layout = sound.layout
    stream.metadata.update({"language": sound.language, "title": sound.title})
    return stream


def _subtitles(output: OutputContainer, text: Text) -> SubtitleStream:
    stream = output.add_stream(text.codec)
    assert isinstance(stream, SubtitleStream)
    stream.codec_context.subtitle_header = _ASS_HEADER
    stream.time_base = _MS
    stream.disposition = text.flags
    stream.metadata.update({"language": text.language, "title": text.title})
    return stream


def _line(stream: SubtitleStream, codec: str, start_s: float, end_s: float, text: str) -> "Packet[Stream]":
    data = text.encode()
    packet: Packet[Stream] = Packet(len(data).to_bytes(2, "big") + data if codec == "mov_text" else data)
    packet.stream, packet.time_base = stream, _MS
    packet.pts = packet.dts = round(1000 * start_s)
    packet.duration = round(1000 * (end_s - start_s))
    return packet
