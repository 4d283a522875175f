"""Through an hour of sound, what is written down stands where it is heard, in any container, wherever it begins."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from msgspec.structs import replace

from services.runtime.webvtt import read_text_track
from services.transcribe.cues import cues_of
from services.transcribe.heard import Order, Word
from services.transcribe.media.listen import listen
from services.transcribe.media.sound import RATE_HZ, Samples
from services.transcribe.media.whisper import Heard
from services.transcribe.webvtt import webvtt
from tests.range_server import serving

HOUR_S = 3600.0
BURST_S = 0.2
FIRST_S = 5.0
TOLERANCE_S = 0.05


class Source(NamedTuple):
    """How an hour is stored: ``packets`` make a turn of about 37 s, in which there is one burst; it begins late."""

    container: str
    codec: str
    rate_hz: int
    frame_samples: int
    packets: int
    late_s: Fraction = Fraction()

    @property
    def turn_s(self) -> Fraction:
        return Fraction(self.packets * self.frame_samples, self.rate_hz)


SOURCES = [
    # Its edit list has both what the encoder needs first and what is late.
    Source("mp4", "aac", 44_100, 1024, 1607, Fraction(7, 10)),
    Source("webm", "libopus", 48_000, 2880, 622),
    # Nothing in it can be sought.
    Source("matroska", "aac", 22_050, 1024, 803, Fraction(13, 10)),
]


def bursts_of(source: Source) -> list[float]:
    turns = range(int(HOUR_S / source.turn_s))
    return [float(source.late_s + turn * source.turn_s) + FIRST_S for turn in turns]


def make_hour(path: Path, source: Source) -> Path:
    """Write an hour of silence with bursts: one turn is encoded, its packets stand there again and again."""
    with av.open(str(path), "w", format=source.container) as output:
        stream = output.add_stream(source.codec, rate=source.rate_hz, layout="mono")
        stream.options = {"frame_duration": "60"} if source.codec == "libopus" else {}
        assert isinstance(stream, AudioStream)
        encoded = [packet for packet in _encoded(stream, source) if packet.size]
        priming = encoded[0].pts or 0
        turns = len(bursts_of(source))
        begin = round(source.late_s * source.rate_hz) + priming
        for number in range(turns * source.packets):
            packet = Packet(bytes(encoded[number % source.packets]))
            packet.stream, packet.time_base = stream, Fraction(1, source.rate_hz)
            packet.pts = packet.dts = begin + number * source.frame_samples
            packet.duration = source.frame_samples
            packet.is_keyframe = source.container != "matroska"
            output.mux(packet)
    return path


def _encoded(stream: AudioStream, source: Source) -> Iterator["Packet[AudioStream]"]:
    sound = np.zeros(source.packets * source.frame_samples, np.float32)
    first = round(FIRST_S * source.rate_hz)
    at_s = np.arange(round(BURST_S * source.rate_hz)) / source.rate_hz
    sound[first : first + len(at_s)] = 0.8 * np.sin(2 * np.pi * 1000 * at_s)
    form = stream.codec_context.format.name
    for at in range(0, len(sound), source.frame_samples):
        own = sound[None, at : at + source.frame_samples]
        frame = AudioFrame.from_ndarray(own if form == "fltp" else (own * 32_000).astype(np.int16), form, "mono")
        frame.sample_rate, frame.pts, frame.time_base = source.rate_hz, at, Fraction(1, source.rate_hz)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def hear_bursts(samples: Samples, _: Order, language: str) -> Heard:
    """Hear a word wherever it is loud, in the place of a model."""
    loud = np.flatnonzero(np.abs(samples) > 0.2) / RATE_HZ
    begins = [float(at) for before, at in pairwise([-10.0, *loud]) if at - before > 1.0]
    return Heard([Word(at, at + BURST_S, " Burst.", 0.9) for at in begins], language or "en", 1.0)


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_after_an_hour_cues_stand_where_they_are_heard(
    tmp_path: Path, order: Order, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.transcribe.media.whisper.hear", hear_bursts)
    bursts = bursts_of(source)
    duration_s = bursts[-1] + 30.0
    assert duration_s > HOUR_S * 0.98
    order = replace(order, duration_s=duration_s)
    with serving(make_hour(tmp_path / "hour", source)) as served:
        whole = list(listen(served.url, order))
        rest = list(listen(served.url, replace(order, from_s=whole[-3].end_s, language="en")))

    words = [word for window in whole for word in window.words]
    cues = read_text_track(webvtt(cues_of(words, duration_s)))
    assert [cue.start_s for cue in cues] == pytest.approx(bursts, abs=TOLERANCE_S)
    # What goes on in the middle of the hour stands there, too.
    later = [word.start_s for window in rest for word in window.words]
    assert later == pytest.approx(bursts[-len(later) :], abs=TOLERANCE_S)
    assert later[0] >= whole[-3].end_s - TOLERANCE_S
    assert len(whole) > 5
