import pytest

from services.package.bandwidth import Bandwidth, measure
from services.package.fold import Delivered
from tests.unit.package.samples import segment


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        # One segment: its own rate.
        ([(4, 1000)], Bandwidth(2000, 2000)),
        # The largest of several; average over all bits and all time.
        ([(4, 1000), (4, 3000), (4, 500)], Bandwidth(6000, 3000)),
        # A last segment of less than half the target counts only together with its neighbour: 8·1500 bits in 5 s.
        ([(4, 1000), (4, 1000), (1, 500)], Bandwidth(2400, 2223)),
        # One of half the target counts by itself.
        ([(4, 1000), (2, 1000)], Bandwidth(4000, 2667)),
        # Three short ones within one and a half targets count together too, but never less than their largest part.
        ([(2, 100), (2, 900), (2, 100)], Bandwidth(3600, 1467)),
        # Shorter than half the target in all: there is no run to measure but the whole.
        ([(1, 1000)], Bandwidth(8000, 8000)),
    ],
)
def test_bandwidths_are_measured_as_the_rfc_says(segments: list[tuple[int, int]], expected: Bandwidth) -> None:
    delivered = Delivered(
        rendition="video/360p",
        codecs="avc1.64001f",
        timescale=1000,
        segments=[segment(n, 1000 * seconds, size) for n, (seconds, size) in enumerate(segments)],
        complete=True,
    )

    assert measure(delivered, target_duration_s=4) == expected


def test_what_is_played_together_adds_up_and_plans_are_a_floor() -> None:
    assert Bandwidth(5, 3).beside(Bandwidth(2, 1)) == Bandwidth(7, 4)
    assert Bandwidth(5, 3).at_least(4) == Bandwidth(5, 4)
