"""What is read from files: good ones of every kind, and bad ones."""

import io
import random
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from contracts.v1 import Probe, Rational
from services.probe import media
from services.probe.ending import WHOLE_BYTES
from services.probe.media import read_probe
from services.runtime.errors import Permanent, Transient
from tests.media import SAMPLE_RATE_HZ, beeping_frames, make_clip
from tests.range_server import serving

B_FRAMES = {"bf": "2"}


def probe(path: Path) -> Probe:
    return read_probe(str(path), path.stat().st_size)


@pytest.mark.parametrize(
    ("name", "arguments", "codec", "start_s"),
    [
        ("a.mp4", {"options": B_FRAMES}, "h264", 0.0),
        ("fragmented.mp4", {"container_options": {"movflags": "frag_keyframe+empty_moov"}}, "h264", 0.0),
        ("offset.mp4", {"start_s": Fraction(10), "options": B_FRAMES}, "h264", 10.0),
        ("a.mkv", {}, "h264", 0.0),
        ("offset.mkv", {"start_s": Fraction(3)}, "h264", 3.0),
        ("a.ts", {"start_s": Fraction(5), "options": B_FRAMES}, "h264", 5.0),
        ("a.flv", {}, "h264", 0.0),
        ("a.webm", {"codec": "libvpx-vp9"}, "vp9", 0.0),
        # As browsers record: no length, no index.
        ("live.webm", {"codec": "libvpx-vp9", "container_options": {"live": "1"}}, "vp9", 0.0),
        ("a.avi", {"codec": "mpeg4"}, "mpeg4", 0.0),
        ("hevc.mp4", {"codec": "libx265"}, "hevc", 0.0),
        ("a.mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le"}, "prores", 0.0),
        ("a.mpg", {"codec": "mpeg2video", "container": "mpeg", "options": {"g": "12"}}, "mpeg2video", 0.54),
        ("mpeg2.ts", {"codec": "mpeg2video"}, "mpeg2video", 0.04),
    ],
)
def test_size_rate_start_and_length_are_those_of_the_clip(
    tmp_path: Path, name: str, arguments: dict[str, Any], codec: str, start_s: float
) -> None:
    (video,) = probe(make_clip(tmp_path / name, frames=120, **arguments)).video

    assert (video.codec, video.width, video.height, video.frame_rate) == (codec, 160, 90, Rational(25, 1))
    assert (video.start_s, video.duration_s) == pytest.approx((start_s, 4.8), abs=0.0005)


def test_the_whole_description_of_an_ordinary_file(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=50, beeps_s=[0.4])

    made = probe(clip)

    assert made.container == "mov,mp4,m4a,3gp,3g2,mj2"
    assert (made.duration_s, made.size_bytes) == (2.0, clip.stat().st_size)
    (video,), (audio,) = made.video, made.audio
    assert (video.index, video.profile, video.pixel_format) == (0, "Constrained Baseline", "yuv420p")
    assert (video.sample_aspect, video.rotation, video.interlaced) == (Rational(1, 1), 0, False)
    assert (audio.index, audio.codec, audio.sample_rate_hz, audio.channels) == (1, "aac", 48_000, 2)
    assert (audio.start_s, audio.duration_s, audio.language) == (0.0, 2.0, None)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotation_is_how_far_a_player_turns_clockwise(tmp_path: Path, rotation: int) -> None:
    (video,) = probe(make_clip(tmp_path / "clip.mov", frames=5, rotation=rotation)).video

    assert (video.rotation, video.width, video.height) == (rotation, 160, 90)


def test_aspect_colours_and_fields_are_told(tmp_path: Path) -> None:
    hdr = {"color_primaries": 9, "color_trc": 16, "colorspace": 9, "color_range": 1}
    (wide,) = probe(make_clip(tmp_path / "wide.mp4", frames=5, sample_aspect=Fraction(4, 3))).video
    (bright,) = probe(
        make_clip(tmp_path / "hdr.mp4", frames=5, codec="libx265", pixel_format="yuv420p10le", colors=hdr)
    ).video
    (fields,) = probe(
        make_clip(tmp_path / "tv.ts", frames=25, codec="mpeg2video", options={"flags": "+ilme+ildct"})
    ).video

    assert wide.sample_aspect == Rational(4, 3)
    assert (wide.color_space, wide.color_range) == (None, None)
    assert (bright.color_primaries, bright.color_transfer) == ("bt2020", "smpte2084")
    assert (bright.color_space, bright.color_range, bright.pixel_format) == ("bt2020nc", "tv", "yuv420p10le")
    assert (fields.interlaced, fields.frame_rate) == (True, Rational(25, 1))


def test_a_cover_is_not_a_video(tmp_path: Path) -> None:
    path = tmp_path / "song.mkv"
    with av.open(str(path), "w") as output:
        sound = output.add_stream("aac", rate=SAMPLE_RATE_HZ)
        output.add_attachment("cover.png", "image/png", picture("PNG"))
        for frame in beeping_frames([0.1], 1.0):
            frame.sample_rate = SAMPLE_RATE_HZ
            output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    with av.open(str(path)) as container:
        assert len(container.streams.video) == 1

    made = probe(path)

    assert made.video == []
    assert [audio.codec for audio in made.audio] == ["aac"]
    assert made.duration_s == pytest.approx(1.0, abs=0.03)


def test_a_single_picture_has_a_length(tmp_path: Path) -> None:
    (video,) = probe(make_clip(tmp_path / "one.mp4", frames=1)).video

    assert (video.frame_rate, video.duration_s) == (Rational(25, 1), 0.04)


def test_of_a_file_cut_off_behind_its_index_counts_what_is_there(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=150, beeps_s=[1.0], container_options={"movflags": "faststart"})
    whole = clip.read_bytes()
    begin = whole.index(b"mdat") + 4
    clip.write_bytes(whole[: begin + (len(whole) - begin) // 2])

    made = probe(clip)

    assert 1.0 < made.duration_s < 5.0
    assert made.audio[0].duration_s == pytest.approx(made.duration_s, abs=0.5)


def test_of_a_file_cut_off_before_its_first_picture_nothing_counts(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=50, container_options={"movflags": "faststart"})
    whole = clip.read_bytes()
    clip.write_bytes(whole[: whole.index(b"mdat") + 20])

    with pytest.raises(Permanent, match="truncated_file"):
        probe(clip)


def picture(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, kind)
    return file.getvalue()


def clip_bytes(folder: Path, name: str = "clip.mp4", **arguments: Any) -> bytes:
    return make_clip(folder / name, frames=25, **arguments).read_bytes()


def huge_jpegs(folder: Path) -> bytes:
    data = bytearray(clip_bytes(folder, "clip.avi", codec="mjpeg", pixel_format="yuvj420p"))
    at = 0
    while (at := data.find(b"\xff\xc0", at)) > 0:
        data[at + 5 : at + 9] = b"\xff" * 4
        at += 2
    return bytes(data)


def huge_header(folder: Path) -> bytes:
    data = clip_bytes(folder, "clip.avi", codec="rawvideo")
    return data.replace(struct.pack("<ii", 160, 90), struct.pack("<ii", 65_535, 65_535))


BAD: dict[str, tuple[str, Callable[[Path], bytes]]] = {
    "text": ("not_media", lambda _: b"This is a letter, not a film.\n" * 50),
    "one byte": ("not_media", lambda _: b"x"),
    "zeros": ("not_media", lambda _: bytes(5000)),
    "noise": ("not_media", lambda _: random.Random(1).randbytes(100_000)),
    "archive": ("not_media", lambda _: b"PK\x03\x04" + bytes(500)),
    "png": ("not_media", lambda _: picture("PNG")),
    "jpeg": ("not_media", lambda _: picture("JPEG")),
    "gif": ("not_media", lambda _: picture("GIF")),
    "hls": ("not_media", lambda _: b"#EXTM3U\n#EXTINF:4,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
    "ffconcat": ("not_media", lambda _: b"ffconcat version 1.0\nfile '/etc/passwd'\n"),
    "dash": ("not_media", lambda _: b'<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1/</BaseURL></MPD>'),
    "no index": ("truncated_file", lambda folder: (data := clip_bytes(folder))[: data.index(b"moov")]),
    "only a brand": ("truncated_file", lambda folder: clip_bytes(folder)[:32]),
    "unknown codec": ("unsupported_codec", lambda folder: clip_bytes(folder).replace(b"avc1", b"xyz1")),
    "huge pictures": ("damaged_file", huge_jpegs),
    "huge header": ("damaged_file", huge_header),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_refused_with_a_code_and_a_sentence(tmp_path: Path, kind: str) -> None:
    code, content = BAD[kind]
    path = tmp_path / "upload.mp4"
    path.write_bytes(content(tmp_path))

    with pytest.raises(Permanent) as refused:
        probe(path)

    assert refused.value.code == code
    assert refused.value.message.endswith(".")


def test_damage_in_the_pictures_is_told(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    data = bytearray(clip_bytes(tmp_path))
    begin, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[begin:end] = b"\xff" * (end - begin)
    path.write_bytes(data)

    with pytest.raises(Permanent, match="damaged_file"):
        probe(path)


def test_sound_that_nothing_decodes_is_left_out_and_told_of(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=50, beeps_s=[0.5])
    clip.write_bytes(clip.read_bytes().replace(b"A_AAC", b"A_NEW"))

    found = probe(clip)

    assert found.audio == []
    (warning,) = found.warnings
    assert warning.startswith("Audio stream 1 is of a kind that cannot be decoded")


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
def test_a_store_gives_the_same_as_a_file(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / name, frames=50, beeps_s=[0.4])

    with serving(clip) as served:
        assert read_probe(served.url, clip.stat().st_size) == probe(clip)


def test_an_index_at_the_end_is_read_without_the_middle(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mov", codec="rawvideo", pixel_format="uyvy422", frames=500)

    with serving(clip) as served:
        assert read_probe(served.url, clip.stat().st_size).duration_s == 20.0
        assert len(served.ranges) <= 4


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (404, Permanent, "original_missing"),
        (403, Permanent, "original_missing"),
        (500, Transient, "unreadable_original"),
        (503, Transient, "unreadable_original"),
    ],
)
def test_what_the_store_answers_decides_whether_trying_again_helps(
    tmp_path: Path, status: int, error: type[Exception], code: str
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=5)

    with serving(clip) as served:
        served.status = status
        with pytest.raises(error, match=code):
            read_probe(served.url, clip.stat().st_size)


def test_a_store_that_does_not_answer_is_asked_again_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "PATIENCE_S", 0.3)
    clip = make_clip(tmp_path / "clip.mp4", frames=5)

    with serving(clip) as served:
        served.answering.clear()
        with pytest.raises(Transient, match="unreadable_original"):
            read_probe(served.url, clip.stat().st_size)


def test_a_store_that_is_away_is_asked_again_later() -> None:
    with pytest.raises(Transient, match="unreadable_original"):
        read_probe("http://127.0.0.1:9/original", 1000)


# Small pictures in a stream that is filled up to eight megabits a second.
FILLED = {"x264-params": "bitrate=8000:vbv-maxrate=8000:vbv-bufsize=4000:nal-hrd=cbr:filler=1:keyint=25"}
LONG: dict[str, dict[str, Any]] = {
    "cut.mkv": {"container_options": {"cluster_size_limit": "300000"}},
    # What browsers record says neither how long nor how large it is.
    "streamed.mkv": {"container_options": {"cluster_size_limit": "300000", "live": "1"}},
    "cut.avi": {"audio_codec": "pcm_s16le"},
    "cut.flv": {"container_options": {"max_interleave_delta": "0"}},
}


@pytest.mark.parametrize("name", LONG)
def test_of_a_long_file_that_was_cut_off_only_a_part_is_read(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / name, frames=500, beeps_s=[1.0], options=FILLED, **LONG[name])
    data = clip.read_bytes()
    read: dict[int, int] = {}
    for percent in (50, 90):
        clip.write_bytes(data[: len(data) * percent // 100])
        with serving(clip) as served:
            probe = read_probe(served.url, len(served.data))
        assert len(served.data) > 2 * WHOLE_BYTES
        read[percent] = served.sent_bytes
        # By its last packets; AVI has no times, but its header says how much there was.
        off_s = 0.5 if name.endswith("avi") else 0.2
        assert probe.video[0].duration_s == pytest.approx(20 * percent / 100, abs=off_s)
        assert bool(probe.warnings) == (name != "streamed.mkv")

    assert read[90] < read[50] + (1 << 20)
    assert read[90] < len(data) * 6 // 10
