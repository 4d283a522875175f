"""How loud delivered sound is, against tones of known loudness (EBU Tech 3341, test 1)."""

from array import array
from fractions import Fraction
from math import pi, sin
from pathlib import Path

import av
import pytest
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from services.measure.decide import Loudness
from services.measure.media.loudness import loudness_of

RATE_HZ = 48_000


def fragments(path: Path, amplitude: float, seconds: float) -> list[str]:
    """Write a 1 kHz tone on both channels as fragmented MP4, cut into two files; return their paths."""
    options = {"movflags": "empty_moov+default_base_moof+frag_keyframe", "frag_duration": "500000"}
    with av.open(str(path), "w", format="mp4", options=options) as output:
        stream = output.add_stream("aac", rate=RATE_HZ, bit_rate=192_000)
        assert isinstance(stream, AudioStream)
        stream.codec_context.layout = "stereo"
        for first in range(0, int(RATE_HZ * seconds), 1024):
            frame = AudioFrame("flt", "stereo", 1024)
            tone = [amplitude * sin(2 * pi * 1000 * at / RATE_HZ) for at in range(first, first + 1024)]
            frame.planes[0].update(array("f", [own for sample in tone for own in (sample, sample)]).tobytes())
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, first, Fraction(1, RATE_HZ)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    data = path.read_bytes()
    init = data.index(b"moof") - 4
    second = data.index(b"moof", init + 8) - 4
    parts = [data[:init], data[init:second], data[second:]]
    for number, part in enumerate(parts):
        path.with_suffix(f".{number}").write_bytes(part)
    return [str(path.with_suffix(f".{number}")) for number in range(len(parts))]


@pytest.mark.parametrize("lufs", [-23.0, -33.0])
def test_a_tone_is_as_loud_as_the_standard_says(tmp_path: Path, lufs: float) -> None:
    loudness = loudness_of(fragments(tmp_path / "tone.mp4", 10 ** (lufs / 20), 4))

    assert loudness is not None
    assert loudness.integrated_lufs == pytest.approx(lufs, abs=0.2)
    # The encoder overshoots where the tone begins.
    assert loudness.true_peak_dbtp is not None
    assert lufs - 0.3 < loudness.true_peak_dbtp < lufs + 1.5
    assert loudness.range_lu == pytest.approx(0, abs=0.1)


def test_silence_is_not_loud_at_all(tmp_path: Path) -> None:
    loudness = loudness_of(fragments(tmp_path / "silence.mp4", 0.0, 2))

    assert loudness == Loudness(integrated_lufs=None, range_lu=0.0, true_peak_dbtp=None)
