"""FFmpeg of another build plays what is delivered, HLS and DASH: every picture is there, in its place, and readable."""

import asyncio
from fractions import Fraction
from math import ceil

import pytest

from contracts.v1 import TIMELINE_ORIGIN_S
from tests.deliveries import BEEPS_S, KINDS, Delivery
from tests.other_ffmpeg import Played, play

FORMATS = ["hls", "dash"]
# None in the first half of a segment: at frame rates whose decode times are no whole microseconds, FFmpeg's reader of
# HLS takes a segment's first key picture to lie before the segment, and goes on to the next one.
SEEKS_S = [11.5, 3.03, 6.4]


async def played(delivery: Delivery, form: str, from_s: float | None = None, pictures: int | None = None) -> Played:
    url = delivery.hls_url if form == "hls" else delivery.dash_url
    return await asyncio.to_thread(play, url, sound=bool(delivery.plan.audio), from_s=from_s, pictures=pictures)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
async def test_every_rung_plays_whole_with_every_picture_in_its_place(
    deliveries: dict[str, Delivery], kind: str, form: str
) -> None:
    delivery = deliveries[kind]
    whole = await played(delivery, form)
    assert whole.errors == ""
    assert len(whole.rungs) == len(delivery.plan.rungs)
    for rung in whole.rungs:
        assert [number for _, number in rung] == list(range(delivery.plan.grid.frames))
        late_s = [at - TIMELINE_ORIGIN_S - Fraction(number) / delivery.rate for at, number in rung]
        # Times pass through the ticks of FFmpeg's own formats.
        assert max(map(abs, late_s)) < Fraction(1, 10_000)
    heard_s = [at - TIMELINE_ORIGIN_S for at in whole.beeps_s]
    assert heard_s == pytest.approx(BEEPS_S if delivery.plan.audio else [], abs=0.002)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
async def test_seeking_finds_the_picture_of_that_time_in_every_rung(
    deliveries: dict[str, Delivery], kind: str, form: str
) -> None:
    delivery = deliveries[kind]
    # FFmpeg counts from what comes first, and that is the priming of the sound.
    early_s = Fraction(1024, 48_000) if delivery.plan.audio else Fraction(0)
    for seek_s in SEEKS_S:
        found = await played(delivery, form, seek_s, pictures=1)
        assert found.errors == ""
        expected = ceil((Fraction(str(seek_s)) - early_s) * delivery.rate)
        assert [[number for _, number in rung] for rung in found.rungs] == [[expected]] * len(delivery.plan.rungs)
