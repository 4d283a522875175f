"""Files that are odd: cut off, without times, with gaps, edits, covers, fields, transparency or high dynamic range."""

import struct
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest
from av.stream import Disposition
from PIL import Image

from contracts.v1 import EncodeVideo
from services.ladder_encode.media.video import encode_video
from services.plan.ladder import Ladder, Step
from services.runtime.errors import Permanent
from tests.media import make_clip, numbered_frames
from tests.unit.sources.whole_path import (
    Rendition,
    assert_comes_out_right,
    patch_of,
    planned,
    processed,
    shown_as_rgb,
)

B_FRAMES = {"bf": "2", "g": "30"}
OPEN_GROUPS = {"preset": "veryfast", "x264-params": "open-gop=1:keyint=30:min-keyint=30:scenecut=0"}
ONE_RUNG = Ladder("h264", [Step(90, 600_000)])
CUT: dict[str, tuple[dict[str, Any], bool]] = {
    "cut.mkv": ({"options": B_FRAMES}, True),
    "cut.webm": ({"codec": "libvpx-vp9", "audio_codec": "libopus", "options": {"g": "25"}}, True),
    "cut.mp4": ({"options": B_FRAMES, "container_options": {"movflags": "faststart"}}, True),
    "cut-fragments.mp4": ({"options": B_FRAMES, "container_options": {"movflags": "frag_keyframe+empty_moov"}}, True),
    "cut-indexed.mp4": ({"options": B_FRAMES, "container_options": {"movflags": "frag_keyframe+dash"}}, True),
    "cut.avi": ({"codec": "mpeg4", "audio_codec": "pcm_s16le"}, True),
    "cut.flv": ({"options": B_FRAMES}, True),
    "cut-sorenson.flv": ({"codec": "flv", "audio_codec": "mp3"}, True),
    # Nothing in these says how long they were.
    "cut.ts": ({"options": B_FRAMES}, False),
    "cut.mpg": ({"codec": "mpeg2video", "audio_codec": "mp2"}, False),
}


@pytest.mark.parametrize("name", CUT)
def test_what_is_left_of_a_file_that_was_cut_off_is_delivered(tmp_path: Path, name: str) -> None:
    arguments, says_so = CUT[name]
    clip = make_clip(tmp_path / name, frames=150, beeps_s=[1.0], **arguments)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 6 // 10])

    made = processed(clip)

    left = made.plan.grid.frames
    assert 60 < left < 130
    numbers = [number for _, number in made.rungs[0].pictures()]
    # The last pictures may have lost what they refer to; nothing is held much longer than that.
    assert numbers[: left - 5] == list(range(left - 5))
    assert_comes_out_right(made, numbers=numbers, beeps_s=[1.0])
    assert any("cut off" in warning for warning in made.plan.warnings) == says_so


def test_reordered_pictures_in_avi_stand_in_order(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.avi", frames=110, options=B_FRAMES)

    assert_comes_out_right(processed(clip), numbers=range(110))


@pytest.mark.parametrize("container", ["mp4", "ts", "mkv"])
def test_open_groups_lose_nothing(tmp_path: Path, container: str) -> None:
    clip = make_clip(tmp_path / f"clip.{container}", frames=110, options=OPEN_GROUPS)

    assert_comes_out_right(processed(clip), numbers=range(110))


def test_an_edit_list_cuts_off_what_it_leaves_out(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, options={"bf": "2", "g": "120"})
    data = bytearray(clip.read_bytes())
    entry = data.index(b"elst") + 12
    length_ms, begin_ticks = struct.unpack_from(">Ii", data, entry)
    struct.pack_into(">Ii", data, entry, length_ms - 10 * 40, begin_ticks + 10 * 512)
    clip.write_bytes(data)

    assert_comes_out_right(processed(clip), numbers=range(10, 120))


@pytest.mark.parametrize("container", ["mp4", "mkv", "webm"])
def test_pictures_of_phones_keep_their_places(tmp_path: Path, container: str) -> None:
    jitter = [Fraction((7 * n * n) % 9 - 4, 1000) for n in range(90)]
    times = [Fraction(n + (15 if n >= 45 else 0), 30) + jitter[n] for n in range(90)]
    times = [at - times[0] for at in times]
    codec = "libvpx" if container == "webm" else "libx264"
    clip = make_clip(
        tmp_path / f"phone.{container}",
        rate=Fraction(30),
        times_s=times,
        codec=codec,
        audio_codec="libopus" if container == "webm" else "aac",
        beeps_s=[1.0],
    )

    made = processed(clip)

    # Half a second without a picture holds the one before it.
    numbers = [*range(45), *[44] * 15, *range(45, 90)]
    rate = made.plan.grid.frame_rate.fraction
    assert_comes_out_right(made, numbers=numbers, rate=rate, beeps_s=[1.0])
    # Times this rough, in whole milliseconds, do not tell one from the other.
    assert rate in (Fraction(30), Fraction(30_000, 1001))


@pytest.mark.parametrize("name", ["one.mp4", "one.mkv", "one.webm", "one.avi"])
def test_one_picture_is_a_video(tmp_path: Path, name: str) -> None:
    codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(name[-4:].strip("."), "libx264")

    assert_comes_out_right(processed(make_clip(tmp_path / name, frames=1, codec=codec)), numbers=[0])


def test_a_second_is_a_video(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=25, beeps_s=[0.4], options=B_FRAMES)

    assert_comes_out_right(processed(clip), numbers=range(25), beeps_s=[0.4])


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("sound_s", [1.0, 6.0])
def test_sound_is_as_long_as_the_picture(tmp_path: Path, container: str, sound_s: float) -> None:
    clip = make_clip(
        tmp_path / f"clip.{container}", frames=110, beeps_s=[0.6], audio_duration_s=sound_s, options=B_FRAMES
    )

    made = processed(clip)

    assert_comes_out_right(made, numbers=range(110), beeps_s=[0.6])
    with made.sound.played() as played:
        samples = sum(frame.samples for frame in played.decode(audio=0))
    assert 0 <= samples - 1024 - 4.4 * 48_000 < 1024


def test_a_stream_that_appears_in_the_middle_is_left_out(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.flv", frames=110, options={"g": "25"}, beeps_s=[1.0])
    data = clip.read_bytes()
    # A cue point before the last key picture: FFmpeg makes a stream of it when it comes there.
    at = data.rindex(b"\x09", 0, data.rindex(b"\x17\x01"))
    said = b"\x02\x00\x0aonCuePoint\x08" + bytes(4) + b"\x00\x00\x09"
    tag = b"\x12" + len(said).to_bytes(3) + data[at + 4 : at + 11] + said
    clip.write_bytes(data[:at] + tag + len(tag).to_bytes(4) + data[at:])

    assert_comes_out_right(processed(clip), numbers=range(110), beeps_s=[1.0])


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_a_cover_is_not_the_video(tmp_path: Path, name: str) -> None:
    clip = _with_second_picture(make_clip(tmp_path / "plain.mp4", frames=30), tmp_path / name, cover=True)

    made = processed(clip)

    assert_comes_out_right(made, numbers=range(30))
    assert len(made.probe.video) == 1


def test_the_first_of_several_videos_is_taken(tmp_path: Path) -> None:
    clip = _with_second_picture(make_clip(tmp_path / "plain.mp4", frames=30), tmp_path / "clip.mkv", cover=False)

    made = processed(clip)

    assert_comes_out_right(made, numbers=range(30))
    assert made.plan.warnings == ["The file has 2 video streams; only the first is used."]


def test_a_song_with_a_cover_is_no_video(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=30, beeps_s=[0.4], audio_codec="mp3")
    song = tmp_path / "song.mp3"
    with av.open(str(clip)) as source, av.open(str(song), "w") as output:
        sound = output.add_stream_from_template(source.streams.audio[0])
        cover = output.add_stream("mjpeg", width=64, height=64, pix_fmt="yuvj420p")
        cover.disposition = Disposition.attached_pic
        output.mux(cover.encode(next(numbered_frames(1, 64, 64)).reformat(format="yuvj420p")))
        output.mux(cover.encode(None))
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = sound
                output.mux(packet)

    with pytest.raises(Permanent, match="no_video_stream"):
        planned(song)


@pytest.mark.parametrize("container", ["ts", "mp4", "mkv"])
def test_each_field_of_interlaced_video_becomes_a_picture(tmp_path: Path, container: str) -> None:
    clip = make_clip(
        tmp_path / f"tv.{container}",
        codec="mpeg2video",
        frames=110,
        options={"flags": "+ilme+ildct", "g": "12", "bf": "2"},
        beeps_s=[1.0],
    )

    made = processed(clip)

    numbers = [n // 2 for n in range(220)]
    assert_comes_out_right(made, numbers=numbers, rate=Fraction(50), beeps_s=[1.0], source_rate=Fraction(25))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("vp8.webm", {"codec": "libvpx", "pixel_format": "yuva420p", "options": {"auto-alt-ref": "0"}}),
        ("vp9.webm", {"codec": "libvpx-vp9", "pixel_format": "yuva420p", "options": {"auto-alt-ref": "0"}}),
        ("prores.mov", {"codec": "prores_ks", "pixel_format": "yuva444p10le", "options": {"profile": "4444"}}),
        ("animation.mov", {"codec": "qtrle", "pixel_format": "argb"}),
        ("png.mov", {"codec": "png", "pixel_format": "rgba"}),
    ],
)
def test_what_is_half_transparent_is_half_black(tmp_path: Path, name: str, arguments: dict[str, Any]) -> None:
    clip = make_clip(tmp_path / name, frames=30, alpha=128, levels=(16, 235), **arguments)

    made = processed(clip)

    picture = shown_as_rgb(made.rungs[0].picture(1))
    assert patch_of(picture, 0) == pytest.approx((128, 128, 128), abs=4)
    assert patch_of(picture, 15) == pytest.approx((0, 0, 0), abs=4)
    brightest = max(patch_of(made.poster, block) for block in range(16))
    assert brightest == pytest.approx((128, 128, 128), abs=6)


HDR10 = (
    "log-level=none:hdr10=1:max-cll=1000,400:master-display="
    "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
)


@pytest.mark.parametrize(
    ("transfer", "parameters", "dark", "light"),
    [
        (16, HDR10, (52, 69), (118, 163)),
        (18, "log-level=none", (61, 83), (99, 135)),
    ],
    ids=["HDR10", "HLG"],
)
def test_high_dynamic_range_is_as_bright_as_other_tone_mappers_make_it(
    tmp_path: Path, transfer: int, parameters: str, dark: tuple[int, int], light: tuple[int, int]
) -> None:
    clip = make_clip(
        tmp_path / "hdr.mp4",
        codec="libx265",
        pixel_format="yuv420p10le",
        options={"x265-params": parameters},
        colors={"color_primaries": 9, "color_trc": transfer, "colorspace": 9, "color_range": 1},
        frames=3,
        levels=(80, 120),
    )
    task = next(task for task in planned(clip, ONE_RUNG)[2] if isinstance(task, EncodeVideo))

    picture = _rendition(clip, task).picture(1)

    assert (picture.color_primaries, picture.color_trc, picture.colorspace, picture.color_range) == (1, 1, 1, 1)
    # From FFmpeg's filters zscale and tonemap for displays of 203 nits: the darker by Hable's curve, the brighter by
    # Möbius'. Neither is the truth; outside both would be wrong.
    for block, (darkest, brightest) in ((15, dark), (0, light)):
        red, green, blue = patch_of(shown_as_rgb(picture), block)
        assert max(red, green, blue) - min(red, green, blue) <= 3
        assert darkest - 4 <= green <= brightest + 4


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
def test_ten_hours_are_planned_and_read_from_anywhere(tmp_path: Path, container: str) -> None:
    hours = 10
    clip = make_clip(
        tmp_path / f"long.{container}",
        width=64,
        height=36,
        rate=Fraction(1),
        frames=hours * 3600,
        options={"g": "300", "tune": "zerolatency", "crf": "30"},
    )

    _, plan, tasks = planned(clip)

    assert plan.grid.frames == hours * 3600
    assert plan.grid.frame_rate.fraction == 1
    video = [task for task in tasks if isinstance(task, EncodeVideo) and task.lane == "bulk"]
    for task in (video[len(video) // 2], video[-1]):
        slots = range(task.chunk.first_frame, task.chunk.end_frame)
        assert _rendition(clip, task).pictures() == [(Fraction(slot), slot) for slot in slots]


def _rendition(clip: Path, task: EncodeVideo) -> Rendition:
    rendition = Rendition()
    for segment in encode_video(str(clip), task):
        rendition.init = segment.header.init if segment.header else rendition.init
        rendition.segments[segment.number] = segment.data
    return rendition


def _with_second_picture(clip: Path, path: Path, *, cover: bool) -> Path:
    """Copy a clip and add a second picture, as a cover or as a video of one picture."""
    with av.open(str(clip)) as source, av.open(str(path), "w") as output:
        video = output.add_stream_from_template(source.streams.video[0])
        if cover and path.suffix == ".mkv":
            jpeg = BytesIO()
            Image.new("RGB", (320, 180), "red").save(jpeg, "JPEG")
            output.add_attachment("cover.jpg", "image/jpeg", jpeg.getvalue())
        else:
            other = output.add_stream("mjpeg", rate=25, width=320, height=180, pix_fmt="yuvj420p")
            other.disposition = Disposition.attached_pic if cover else Disposition.default
            output.mux(other.encode(next(numbered_frames(1, 320, 180)).reformat(format="yuvj420p")))
            output.mux(other.encode(None))
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = video
                output.mux(packet)
    return path
