"""Chromium plays what is delivered, through Media Source Extensions and natively: seeks, switches of rungs, the end.

Pictures show their own number, so every look at the page tells whether the picture is the one of that time.
"""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import JSHandle, Page

from tests.deliveries import KINDS, Delivery

PLAYER = Path(__file__).with_name("player.js")
SEEKS_S = [9.13, 2.13, 11.9, 0.31]
ONE_TICK_S = 0.001
TRIES = 5


@pytest.fixture
async def player_page(page: Page) -> Page:
    await page.add_script_tag(path=PLAYER)
    return page


async def check_seeks(player: JSHandle, delivery: Delivery) -> list[dict[str, Any]]:
    states = [await player.evaluate("(player, at) => player.seek(at)", at) for at in SEEKS_S]
    for at, state in zip(SEEKS_S, states, strict=True):
        assert state["error"] is None
        assert state["time"] == pytest.approx(at, abs=ONE_TICK_S)
        assert state["number"] == delivery.number_at(at)
        assert state["picture_s"] == pytest.approx(float(state["number"] / delivery.rate), abs=ONE_TICK_S)
    return states


async def append(player: JSHandle, kind: str, track: int, from_s: float, to_s: float) -> tuple[float, float]:
    first_s, end_s = await player.evaluate("(player, given) => player.append(...given)", [kind, track, from_s, to_s])
    return first_s, end_s


async def check_switch(player: JSHandle, at_s: float, widths: list[int]) -> None:
    """Play over a time at which the rung changes.

    Whoever cannot decode in time waits and leaves pictures out now and then; at a gap everybody waits, whenever.
    """
    for _ in range(TRIES):
        over = await player.evaluate("(player, at) => player.play(at - 0.2, at + 0.2)", at_s)
        assert over["error"] is None
        if (over["widths"], over["waits"]) == (widths, 0):
            return
    raise AssertionError(over)


@pytest.mark.parametrize("form", ["hls", "dash"])
@pytest.mark.parametrize("kind", KINDS)
async def test_media_source_extensions_play_seek_and_switch_rungs(
    player_page: Page, deliveries: dict[str, Delivery], kind: str, form: str
) -> None:
    delivery = deliveries[kind]
    url = delivery.hls_url if form == "hls" else delivery.dash_url
    player = await player_page.evaluate_handle("url => Player.open(url)", url)
    asset = await player.evaluate("player => player.asset")
    length_s = delivery.plan.grid.duration_s
    assert asset["duration"] == pytest.approx(length_s, abs=ONE_TICK_S)
    assert sorted(track["width"] for track in asset["video"]) == sorted(rung.width for rung in delivery.plan.rungs)
    widths = [track["width"] for track in asset["video"]]
    other = len(widths) - 1
    if delivery.plan.audio:
        await append(player, "audio", 0, 0, length_s)

    _, first_end_s = await append(player, "video", 0, 0, 5)
    switched_s, second_end_s = await append(player, "video", other, first_end_s, first_end_s + 1)
    assert switched_s == pytest.approx(first_end_s, abs=ONE_TICK_S)
    back_s, end_s = await append(player, "video", 0, second_end_s, length_s)
    assert back_s == pytest.approx(second_end_s, abs=ONE_TICK_S)
    assert end_s == pytest.approx(length_s, abs=ONE_TICK_S)

    states = await check_seeks(player, delivery)
    assert [state["width"] for state in states] == [
        widths[other] if switched_s <= at < back_s else widths[0] for at in SEEKS_S
    ]
    ((from_s, to_s),) = states[-1]["ranges"]
    assert from_s == pytest.approx(0, abs=ONE_TICK_S)
    assert to_s == pytest.approx(length_s, abs=ONE_TICK_S)
    seen = [[widths[0], widths[other]], [widths[other], widths[0]]] if other else [[widths[0]]] * 2
    for at_s, own in zip((switched_s, back_s), seen, strict=True):
        await check_switch(player, at_s, own)
    ended = await player.evaluate("(player, at) => player.playToEnd(at)", length_s - 0.5)
    assert ended["ended"]
    assert ended["time"] == pytest.approx(length_s, abs=0.03)


@pytest.mark.parametrize("kind", KINDS)
async def test_chromium_itself_seeks_and_plays_hls_to_its_end(
    player_page: Page, deliveries: dict[str, Delivery], kind: str
) -> None:
    delivery = deliveries[kind]
    player = await player_page.evaluate_handle("url => Player.native(url)", delivery.hls_url)
    # It switches rungs as it likes; whichever it shows, the picture is the one of that time.
    states = await check_seeks(player, delivery)
    assert {state["width"] for state in states} <= {rung.width for rung in delivery.plan.rungs}
    # Counted are the sound's segments, with its priming and the whole of its last frame.
    beyond_s = max([(track.priming_samples + 1024) / track.sample_rate_hz for track in delivery.plan.audio], default=0)
    assert states[-1]["duration"] == pytest.approx(delivery.plan.grid.duration_s, abs=beyond_s + ONE_TICK_S)
    ended = await player.evaluate("(player, at) => player.playToEnd(at)", delivery.plan.grid.duration_s - 0.5)
    assert ended["ended"]
