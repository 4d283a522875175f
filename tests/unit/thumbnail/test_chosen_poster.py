"""Posters of a time, and of uploaded pictures."""

from io import BytesIO
from pathlib import Path

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
