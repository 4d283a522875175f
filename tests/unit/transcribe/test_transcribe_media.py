"""What is heard in originals, by a model that says the same in every window."""

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from msgspec.structs import replace

from services.runtime.errors import Permanent
from services.transcribe.heard import Model, Order
from services.transcribe.media.listen import listen
from services.transcribe.media.sound import timeline_samples
from services.transcribe.media.whisper import is_credible
from services.transcribe.media.windows import quietest, windows
from tests.media import make_clip
from tests.unit.transcribe.conftest import SAID
from tests.voice import RATE_HZ, silence, voice, write_wav

TEXT = " ".join(text for _, _, text in SAID)


def text_of(words: object) -> str:
    return "".join(word.text for word in words).strip()  # type: ignore[attr-defined]  # words


def test_words_come_with_the_times_when_they_are_said(tmp_path: Path, order: Order) -> None:
    source = write_wav(tmp_path / "a.wav", np.concatenate([silence(3.0), voice(6.0)]))

    (window,) = listen(str(source), replace(order, duration_s=9.0))

    assert text_of(window.words) == TEXT
    assert (window.language, window.start_s, window.end_s) == ("en", 0.0, 9.0)
    assert window.language_probability > 0.9
    # What lies before the voice is left out before the model hears it, but the times are those of the original.
    assert 2.5 < window.words[0].start_s < 3.6
    assert all(before.start_s <= after.start_s for before, after in pairwise(window.words))
    assert all(0.5 < word.confidence <= 1 for word in window.words)


def test_the_language_is_told_or_found_out(tmp_path: Path, order: Order, german_model: Model) -> None:
    source = write_wav(tmp_path / "a.wav", voice(4.0))

    (found,) = listen(str(source), replace(order, model=german_model))
    (told,) = listen(str(source), replace(order, model=german_model, language="fr"))

    assert (found.language, told.language) == ("de", "fr")
    assert text_of(found.words) == "Guten Tag."


@pytest.mark.parametrize("language", ["xx", "es", "deu"])
def test_a_language_that_the_model_does_not_know_is_told_so(tmp_path: Path, order: Order, language: str) -> None:
    source = write_wav(tmp_path / "a.wav", voice(4.0))
    with pytest.raises(Permanent, match=f"no language `{language}`") as refused:
        list(listen(str(source), replace(order, language=language)))
    assert refused.value.code == "language_unknown"


@pytest.mark.parametrize("batch", [1, 4])
def test_windows_follow_each_other_and_what_is_left_of_them_is_heard_alike(
    tmp_path: Path, order: Order, batch: int
) -> None:
    sound = np.concatenate([piece for _ in range(4) for piece in (voice(8.0), silence(2.0))])
    source = str(write_wav(tmp_path / "a.wav", sound))
    order = replace(order, duration_s=40.0, batch=batch, window_s=12.0)

    whole = list(listen(source, order))
    rest = list(listen(source, replace(order, from_s=whole[0].end_s, language="en")))

    assert [window.start_s for window in whole[1:]] == [window.end_s for window in whole[:-1]]
    assert (whole[0].start_s, whole[-1].end_s) == (0.0, 40.0)
    # Cut in the silence between what is said.
    assert 8.0 < whole[0].end_s < 10.0
    assert [window.end_s for window in rest] == [window.end_s for window in whole[1:]]
    assert rest[0].words == whole[1].words


def test_silence_and_noise_have_no_words(tmp_path: Path, order: Order) -> None:
    noise = (0.02 * np.random.default_rng(0).standard_normal(5 * RATE_HZ)).astype(np.float32)
    for sound in (silence(5.0), noise):
        (window,) = listen(str(write_wav(tmp_path / "a.wav", sound)), order)
        assert window.words == []
        assert window.language == ""


@pytest.mark.parametrize(
    ("no_speech", "log_probability", "compression", "credible"),
    [(0.1, -0.3, 1.4, True), (0.9, -0.3, 1.4, True), (0.9, -1.2, 1.4, False), (0.1, -0.3, 2.6, False)],
)
def test_what_the_model_itself_doubts_is_left_out(
    no_speech: float, log_probability: float, compression: float, credible: bool
) -> None:
    assert is_credible(no_speech, log_probability, compression) is credible


@pytest.mark.parametrize("vad", [True, False])
def test_a_tenth_of_a_second_is_no_trouble(tmp_path: Path, order: Order, vad: bool) -> None:
    source = write_wav(tmp_path / "a.wav", voice(0.1))
    (window,) = listen(str(source), replace(order, vad=vad))
    assert window.end_s == pytest.approx(0.1, abs=0.001)


def test_sound_of_telephones_is_heard(tmp_path: Path, order: Order) -> None:
    source = write_wav(tmp_path / "a.wav", voice(6.0), rate_hz=8000)
    (window,) = listen(str(source), order)
    assert window.end_s == pytest.approx(6.0, abs=0.01)
    assert text_of(window.words) == TEXT


def test_sound_that_is_damaged_in_the_middle_stays_in_its_place(tmp_path: Path, order: Order) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=200, beeps_s=[1.0, 6.0])
    data = bytearray(clip.read_bytes())
    with av.open(str(clip)) as container:
        for packet in container.demux(audio=0):
            if packet.pts is not None and 2.0 < packet.pts * packet.time_base < 5.0:
                assert packet.pos is not None
                data[packet.pos : packet.pos + packet.size] = b"\xff" * packet.size
    clip.write_bytes(data)
    samples = np.concatenate(list(timeline_samples(str(clip), replace(order, stream_index=1, duration_s=8.0))))

    loud = np.flatnonzero(np.abs(samples) > 0.2) / RATE_HZ
    assert len(samples) == 8 * RATE_HZ
    assert loud[0] == pytest.approx(1.0, abs=0.05)
    assert loud[loud > 5.2][0] == pytest.approx(6.0, abs=0.05)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_silent(tmp_path: Path, order: Order, value: float) -> None:
    sound = np.concatenate([silence(1.0), np.full(10, value, np.float32), silence(1.0), voice(4.0)])
    with av.open(str(tmp_path / "a.wav"), "w") as output:
        stream = output.add_stream("pcm_f32le", rate=RATE_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound[None], "flt", "mono")
        frame.sample_rate = RATE_HZ
        output.mux([*stream.encode(frame), *stream.encode(None)])

    (window,) = listen(str(tmp_path / "a.wav"), order)

    assert np.isfinite(window.peak)
    assert text_of(window.words) == TEXT


def test_sound_of_which_nothing_decodes_is_refused(tmp_path: Path, order: Order) -> None:
    clip = make_clip(tmp_path / "a.mp4", beeps_s=[0.5], frames=100)
    data = bytearray(clip.read_bytes())
    start = data.index(b"mdat") + 4
    end = data.index(b"moov") if data.index(b"moov") > start else len(data)
    data[start : end - 4] = bytes(0xFF for _ in range(end - 4 - start))
    clip.write_bytes(data)

    with pytest.raises(Permanent) as refused:
        list(listen(str(clip), replace(order, stream_index=1, duration_s=4.0)))

    assert refused.value.code == "undecodable_audio"


def test_a_model_that_is_none_is_told_so(tmp_path: Path, order: Order) -> None:
    (tmp_path / "model.bin").write_bytes(b"not a model")
    source = write_wav(tmp_path / "a.wav", voice(2.0))
    broken = replace(order.model, folder=str(tmp_path))
    with pytest.raises(Permanent) as refused:
        list(listen(str(source), replace(order, model=broken)))
    assert refused.value.code == "model_unusable"


def test_sound_stands_in_its_place_on_the_timeline(tmp_path: Path, order: Order) -> None:
    clip = make_clip(tmp_path / "a.mkv", frames=150, beeps_s=[1.0, 4.0], audio_start_s=0.5)
    samples = np.concatenate(list(timeline_samples(str(clip), replace(order, stream_index=1, duration_s=5.0))))

    loud = np.flatnonzero(np.abs(samples) > 0.2) / RATE_HZ
    starts = [at for before, at in pairwise([-1.0, *loud]) if at - before > 0.5]
    assert starts == pytest.approx([1.0, 4.0], abs=0.05)
    assert len(samples) == 5 * RATE_HZ


def test_sound_is_taken_up_where_it_was_left(tmp_path: Path, order: Order) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=200, beeps_s=[1.0, 6.0])
    order = replace(order, stream_index=1, duration_s=8.0)
    whole = np.concatenate(list(timeline_samples(str(clip), order)))
    rest = np.concatenate(list(timeline_samples(str(clip), replace(order, from_s=5.0))))

    assert len(rest) == len(whole) - 5 * RATE_HZ
    # It may be a part of a sample off.
    assert np.abs(rest - whole[5 * RATE_HZ :]).max() < 0.2


def test_windows_end_where_it_is_quietest_and_lose_nothing() -> None:
    sound = np.concatenate([voice(7.0), silence(1.0), voice(6.0)])
    pieces = list(windows((sound[at : at + 1000] for at in range(0, len(sound), 1000)), 10.0))

    assert np.array_equal(np.concatenate(pieces), sound)
    assert 7.0 < len(pieces[0]) / RATE_HZ < 8.0
    assert 0 < quietest(silence(1.0)) <= RATE_HZ
