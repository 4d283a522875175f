"""The clip of the demo."""

from fractions import Fraction
from pathlib import Path

import av

from services.cli.clip import make_clip


def test_the_clip_is_ordinary_video_with_sound(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    make_clip(path, duration_s=1)
    with av.open(str(path)) as clip:
        picture, sound = clip.streams.video[0], clip.streams.audio[0]
        assert (picture.codec_context.name, picture.width, picture.height) == ("h264", 1280, 720)
        assert (picture.average_rate, picture.frames) == (Fraction(25), 25)
        assert (sound.codec_context.name, sound.rate, sound.layout.name) == ("aac", 48_000, "stereo")
        frames = [bytes(frame.planes[0]) for frame in clip.decode(picture)]
    assert len(set(frames)) == 25
