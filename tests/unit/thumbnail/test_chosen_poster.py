"""Posters of a time, and of uploaded pictures."""

from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from contracts.v1 import PosterChosen, PosterRefused
from services.probe.media import read_probe
from services.runtime.errors import Permanent
from services.thumbnail.chosen import ChosenPoster, poster_at, poster_of
from services.thumbnail.decide import poster_refused
from tests.media import COLUMNS, ROWS, make_clip


def number_shown(poster: ChosenPoster) -> int:
    """Return the number that a clip's picture shows as black and white blocks."""
    with Image.open(BytesIO(poster.data)) as picture:
        grey = picture.convert("L")
    width, height = grey.width // COLUMNS, grey.height // ROWS
    places = [(width * (2 * x + 1) // 2, height * (2 * y + 1) // 2) for y in range(ROWS) for x in range(COLUMNS)]
    levels = [grey.crop((x, y, x + 1, y + 1)).tobytes()[0] for x, y in places]
    return sum(1 << place for place, level in enumerate(levels) if level > 128)


@pytest.mark.parametrize(("at_s", "number"), [(0.0, 0), (0.5, 12), (1.0, 25), (1.99, 49), (60.0, 49)])
def test_the_poster_is_the_picture_shown_at_a_time(tmp_path: Path, at_s: float, number: int) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=50)
    source = read_probe(str(clip), clip.stat().st_size).video[0]
    poster = poster_at(str(clip), source, at_s)
    assert number_shown(poster) == number
    assert (poster.width, poster.height) == (160, 90)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("b-frames.mp4", {}),
        ("later.ts", {"start_s": Fraction(5)}),
        ("reordered.avi", {}),
        ("later.mkv", {"start_s": Fraction(5)}),
        ("flash.flv", {}),
    ],
)
def test_the_picture_is_found_in_every_container(tmp_path: Path, name: str, arguments: dict[str, Any]) -> None:
    clip = make_clip(tmp_path / name, frames=150, options={"bf": "2", "g": "60"}, **arguments)
    source = read_probe(str(clip), clip.stat().st_size).video[0]
    times_s = [0.0, 0.04, 2.5, 4.99, 5.96]
    assert [number_shown(poster_at(str(clip), source, at_s)) for at_s in times_s] == [0, 1, 62, 124, 149]


def test_damage_before_a_picture_is_no_reason_to_refuse_it(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mov", codec="png", pixel_format="rgb24", frames=50)
    with av.open(str(clip)) as container:
        at = [packet.pos or 0 for packet in container.demux(container.streams.video[0]) if packet.size][25]
    source = read_probe(str(clip), clip.stat().st_size).video[0]
    data = bytearray(clip.read_bytes())
    data[at + 70 : at + 100] = b"\xa5" * 30
    clip.write_bytes(data)

    assert number_shown(poster_at(str(clip), source, 1.0)) == 24


def picture(width: int, height: int, form: str, **options: object) -> bytes:
    data = BytesIO()
    Image.new("RGB", (width, height), "red").save(data, form, **options)
    return data.getvalue()


def test_an_uploaded_picture_becomes_an_upright_jpeg_of_at_most_1280() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    poster = poster_of(picture(3000, 2000, "JPEG", exif=exif))
    assert (poster.width, poster.height) == (1280, 1920)
    with Image.open(BytesIO(poster.data)) as made:
        assert (made.format, made.size, dict(made.getexif())) == ("JPEG", (1280, 1920), {})
    assert poster_of(picture(20, 10, "PNG")).width == 20


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"This is a letter.", "not_a_picture"),
        (picture(10, 10, "BMP"), "not_a_picture"),
        (picture(200, 200, "PNG")[:-40], "not_a_picture"),
        (picture(9000, 8000, "PNG"), "picture_too_large"),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Permanent) as refused:
        poster_of(data)
    assert refused.value.code == code


def test_a_poster_that_cannot_be_made_is_told_with_its_choice() -> None:
    chosen = PosterChosen(asset_id="a", tenant="acme", edit="e", recipe="r", key="posters/a/token")

    assert poster_refused(chosen, Permanent("not_a_picture", "Upload one.")) == PosterRefused(
        asset_id="a", tenant="acme", edit="e", recipe="r", code="not_a_picture", message="Upload one."
    )
