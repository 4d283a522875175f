"""The frame rate that a stream was made for."""

from fractions import Fraction

import pytest

from services.probe.rates import STANDARD_RATES, frame_rate_of

NTSC_FILM, NTSC = Fraction(24_000, 1001), Fraction(30_000, 1001)


def milliseconds(rate: Fraction, frames: int) -> list[Fraction]:
    """Return times as containers that count whole milliseconds state them."""
    return [Fraction(round(n * 1000 / rate), 1000) for n in range(frames)]


@pytest.mark.parametrize("rate", [*STANDARD_RATES, Fraction(15), Fraction(25, 2), Fraction(120), Fraction(1, 4)])
@pytest.mark.parametrize("frames", [2, 60, 1000])
def test_steady_pictures_give_their_rate_exactly(rate: Fraction, frames: int) -> None:
    assert frame_rate_of([n / rate for n in range(frames)], []) == rate


@pytest.mark.parametrize("rate", STANDARD_RATES)
def test_whole_milliseconds_do_not_hide_a_standard_rate(rate: Fraction) -> None:
    assert frame_rate_of(milliseconds(rate, 60), []) == rate


def test_an_average_that_counts_one_picture_too_many_is_not_believed() -> None:
    times_s = [Fraction(n, 24) for n in range(1000)]

    assert frame_rate_of(times_s, [Fraction(34_560, 1441)]) == 24


def test_variable_rate_of_a_phone_gives_the_rate_of_its_usual_step() -> None:
    times_s = [Fraction(n + n // 7, 30) + Fraction(n % 3, 400) for n in range(200)]

    assert frame_rate_of(times_s, [Fraction(26)]) == 30


def test_a_screen_that_rarely_changes_keeps_the_rate_at_which_it_moves() -> None:
    bursts = [Fraction(second) + Fraction(n, 60) for second in range(0, 50, 10) for n in range(20)]

    assert frame_rate_of(bursts, [Fraction(2)]) == 60


def test_a_hole_does_not_change_the_rate() -> None:
    times_s = [Fraction(n, 25) for n in [*range(20), *range(21, 60)]]

    assert frame_rate_of(times_s, [Fraction(25)]) == 25


def test_pictures_at_one_time_do_not_make_it_infinite() -> None:
    assert frame_rate_of([Fraction(n // 2, 25) for n in range(100)], []) <= 1000


@pytest.mark.parametrize(
    ("claims", "expected"), [([Fraction(30)], 30), ([Fraction(29_970, 1000)], NTSC), ([Fraction(14)], 14), ([], 25)]
)
def test_a_single_picture_has_the_rate_that_its_container_claims(claims: list[Fraction], expected: Fraction) -> None:
    assert frame_rate_of([Fraction(0)], claims) == expected
