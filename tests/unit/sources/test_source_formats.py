"""Files as people have them: every container and codec, size, rate and shape gives the same pictures and sound."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.media import make_clip
from tests.unit.sources.whole_path import Rgb, assert_comes_out_right, number_on, patch_of, processed, shown_as_rgb

RATE = Fraction(25)
FRAMES = 110
BEEPS_S = [1.0, 4.2]
B_FRAMES = {"bf": "2", "g": "30"}
AV1_OPTIONS = {"preset": "10", "crf": "15"}
BLOCKS: dict[str, Any] = {"levels": (40, 200), "chroma": (100, 150)}
# What a decoder makes of the blocks in BT.601, by arithmetic: ITU-R BT.601-7, §2.5.
DARK: Rgb = (63, 20, 0)
LIGHT: Rgb = (249, 207, 158)
# Coding, two conversions and chroma at half size; wrong matrices or ranges are three times as far away.
TOLERANCE = 6

SOUND_AND_PICTURE: dict[str, dict[str, Any]] = {
    "faststart.mp4": {"options": B_FRAMES, "container_options": {"movflags": "faststart"}},
    "index-at-end.mp4": {"options": B_FRAMES},
    "fragmented.mp4": {"options": B_FRAMES, "container_options": {"movflags": "frag_keyframe+empty_moov"}},
    "fragments-edited.mp4": {"options": B_FRAMES, "container_options": {"movflags": "frag_keyframe+delay_moov"}},
    "fragments-indexed.mp4": {"options": B_FRAMES, "container_options": {"movflags": "frag_keyframe+dash"}},
    "fragments-indexed-later.mp4": {
        "options": B_FRAMES,
        "start_s": Fraction(10),
        "container_options": {"movflags": "frag_keyframe+dash"},
    },
    "negative-composition.mp4": {"options": B_FRAMES, "container_options": {"movflags": "negative_cts_offsets"}},
    "edited.mp4": {"options": B_FRAMES, "start_s": Fraction(3)},
    "h264.mov": {"options": B_FRAMES, "audio_codec": "pcm_s16le"},
    "h264.mkv": {"options": B_FRAMES},
    "streamed.mkv": {"options": B_FRAMES, "container_options": {"live": "1"}},
    "later.mkv": {"options": B_FRAMES, "start_s": Fraction(10)},
    "vp8.webm": {"codec": "libvpx", "audio_codec": "libopus"},
    "vp9.webm": {"codec": "libvpx-vp9", "audio_codec": "libopus"},
    "av1.webm": {"codec": "libsvtav1", "options": AV1_OPTIONS, "audio_codec": "libopus"},
    "av1.mp4": {"codec": "libsvtav1", "options": AV1_OPTIONS},
    "offset.ts": {"options": B_FRAMES, "start_s": Fraction(5)},
    "wrapping.ts": {"options": B_FRAMES, "start_s": Fraction(95_442)},
    "ac3.ts": {"codec": "mpeg2video", "options": B_FRAMES, "audio_codec": "ac3", "audio_layout": "5.1"},
    "hevc-ten-bit.ts": {"codec": "libx265", "pixel_format": "yuv420p10le"},
    # Pictures this flat share their time stamps in a program stream, and FFmpeg guesses reordered ones wrongly.
    "mpeg2.mpg": {"codec": "mpeg2video", "audio_codec": "mp2"},
    "mpeg2.mxf": {"codec": "mpeg2video", "options": B_FRAMES, "audio_codec": "pcm_s16le"},
    "h264.avi": {"options": {"bf": "0"}, "audio_codec": "pcm_s16le"},
    "reordered.avi": {"options": B_FRAMES, "audio_codec": "pcm_s16le"},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"bf": "2"}, "audio_codec": "pcm_s16le"},
    "motion-jpeg.avi": {
        "codec": "mjpeg",
        "pixel_format": "yuvj422p",
        "colors": {"color_range": 2},
        "audio_codec": "pcm_s16le",
    },
    "motion-jpeg.mov": {"codec": "mjpeg", "pixel_format": "yuvj422p", "colors": {"color_range": 2}},
    "h264.flv": {"options": B_FRAMES},
    "sorenson.flv": {"codec": "flv", "audio_codec": "mp3"},
    "hevc.mp4": {"codec": "libx265"},
    "hevc-ten-bit.mp4": {"codec": "libx265", "pixel_format": "yuv420p10le"},
    "prores.mov": {"codec": "prores_ks", "pixel_format": "yuv422p10le", "audio_codec": "pcm_s16le"},
    "mono-8-khz.mp4": {"audio_layout": "mono", "audio_rate_hz": 8000},
    "surround.mkv": {"audio_layout": "5.1", "audio_codec": "ac3"},
    "sound-earlier.mkv": {"audio_start_s": -0.25, "start_s": Fraction(1)},
    "sound-later.mp4": {"audio_start_s": 0.5},
    "sound-longer.mp4": {"audio_duration_s": 7.0},
}
SHAPES: dict[str, tuple[dict[str, Any], tuple[int, int]]] = {
    "turned-90.mp4": ({"rotation": 90}, (90, 160)),
    "turned-180.mp4": ({"rotation": 180}, (160, 90)),
    "turned-270.mov": ({"rotation": 270}, (90, 160)),
    "turned-90.mkv": ({"rotation": 90}, (90, 160)),
    "mirrored.mp4": ({"mirrored": True}, (160, 90)),
    "mirrored.mkv": ({"mirrored": True}, (160, 90)),
    "mirrored-90.mov": ({"mirrored": True, "rotation": 90}, (90, 160)),
    "upside-down.mp4": ({"mirrored": True, "rotation": 180}, (160, 90)),
    "transposed.mp4": ({"mirrored": True, "rotation": 270}, (90, 160)),
    "wide-pixels.mp4": ({"sample_aspect": Fraction(4, 3)}, (212, 90)),
    "wide-pixels.mkv": ({"sample_aspect": Fraction(4, 3)}, (212, 90)),
    "wide-pixels.ts": ({"sample_aspect": Fraction(4, 3)}, (212, 90)),
    "narrow-pixels.mp4": ({"sample_aspect": Fraction(8, 9)}, (142, 90)),
    "wide-pixels-turned.mp4": ({"sample_aspect": Fraction(4, 3), "rotation": 90}, (90, 212)),
    "odd.webm": ({"codec": "libvpx-vp9", "width": 161, "height": 91}, (158, 90)),
    "odd-turned.mkv": ({"pixel_format": "yuv444p", "width": 161, "height": 91, "rotation": 90}, (90, 158)),
    "tall.mp4": ({"width": 90, "height": 200}, (90, 200)),
    "422.mp4": ({"pixel_format": "yuv422p"}, (160, 90)),
    "444.mp4": ({"pixel_format": "yuv444p"}, (160, 90)),
    "ten-bit.mp4": ({"pixel_format": "yuv420p10le"}, (160, 90)),
    "ten-bit-422.mp4": ({"pixel_format": "yuv422p10le"}, (160, 90)),
    "full-range.mp4": ({"pixel_format": "yuvj420p", "colors": {"color_range": 2}}, (160, 90)),
    "rgb.avi": ({"codec": "rawvideo", "pixel_format": "bgr24"}, (160, 90)),
}
RATES = ["24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60", "25/2", "15"]
FASTER_RATES = {"90": 2, "100": 2, "120000/1001": 2, "120": 2, "144": 3, "240": 4}


def assert_colours(picture: Any, number: int) -> None:
    for block in (0, 15):
        expected = LIGHT if number >> block & 1 else DARK
        assert patch_of(picture, block) == pytest.approx(expected, abs=TOLERANCE)


@pytest.mark.parametrize("name", SOUND_AND_PICTURE)
def test_sound_and_picture_are_in_time_whatever_the_container(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / name, frames=FRAMES, beeps_s=BEEPS_S, **BLOCKS, **SOUND_AND_PICTURE[name])

    made = processed(clip)

    assert len(made.plan.chunks) == 2
    assert_comes_out_right(made, numbers=range(FRAMES), beeps_s=BEEPS_S)
    assert_colours(shown_as_rgb(made.rungs[0].picture(1)), 1)
    assert not made.plan.warnings


@pytest.mark.parametrize("name", SHAPES)
def test_pictures_stand_upright_with_square_pixels_in_their_colours(tmp_path: Path, name: str) -> None:
    arguments, size = SHAPES[name]
    clip = make_clip(tmp_path / name, frames=FRAMES, **BLOCKS, **arguments)

    made = processed(clip)

    assert_comes_out_right(made, numbers=range(FRAMES), size=size)
    assert_colours(shown_as_rgb(made.rungs[0].picture(1)), 1)
    assert_colours(made.poster, number_on(made.poster))
    assert 0 < number_on(made.poster) < FRAMES
    assert made.poster.width / made.poster.height == pytest.approx(size[0] / size[1], rel=0.02)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
@pytest.mark.parametrize("rate", [Fraction(rate) for rate in RATES], ids=RATES)
def test_rates_up_to_60_stay_as_they_are(tmp_path: Path, rate: Fraction, container: str) -> None:
    frames = round(2 * rate)
    clip = make_clip(tmp_path / f"clip.{container}", rate=rate, frames=frames, options=B_FRAMES, beeps_s=[1.0])

    assert_comes_out_right(processed(clip), numbers=range(frames), rate=rate, beeps_s=[1.0])


@pytest.mark.parametrize("container", ["mp4", "mkv"])
@pytest.mark.parametrize("rate", FASTER_RATES)
def test_faster_rates_are_divided_evenly(tmp_path: Path, rate: str, container: str) -> None:
    fast, every = Fraction(rate), FASTER_RATES[rate]
    frames = every * round(2 * fast / every)
    clip = make_clip(tmp_path / f"clip.{container}", rate=fast, frames=frames, options=B_FRAMES, beeps_s=[1.0])

    made = processed(clip)

    assert_comes_out_right(made, numbers=range(0, frames, every), rate=fast / every, beeps_s=[1.0], source_rate=fast)
