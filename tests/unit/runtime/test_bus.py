"""What cannot be stored is held and published again; no work is taken meanwhile."""

import asyncio
from typing import Any, cast

import nats.errors
import pytest
from nats.js.api import PubAck
from nats.js.errors import BadRequestError, NoStreamResponseError, ServiceUnavailableError

from contracts.v1 import AssetPurged
from services.runtime import bus as bus_module
from services.runtime.bus import Bus
from services.runtime.intake import Intake
from services.runtime.publish import Publisher, Unstored

FACT = AssetPurged(asset_id="a", objects=0, attempt=0)


class Streams:
    """Answer publications as they are told: an error, or None for an acknowledgement."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.ids: list[str] = []

    async def publish(self, subject: str, body: bytes, *, timeout: float, headers: dict[str, str]) -> PubAck:  # noqa: ASYNC109 (the client calls it so)
        self.ids.append(headers["Nats-Msg-Id"])
        if (answer := self.answers.pop(0)) is not None:
            raise answer
        return PubAck(stream="MEDIA", seq=7)


def publisher_of(streams: Streams) -> Publisher:
    return Publisher(cast("Any", streams))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "TRY_EVERY_S", 0.0)


async def test_what_is_not_stored_is_published_under_its_id_until_it_is() -> None:
    streams = Streams(nats.errors.TimeoutError(), NoStreamResponseError(), ServiceUnavailableError(), None)
    intake, heard = Intake(), list[tuple[str, bool]]()
    intake.on_change(lambda reason, sentence: heard.append((reason, sentence is not None)))
    await asyncio.wait_for(Bus(publisher_of(streams), intake).store(FACT), 5)
    assert streams.ids == [FACT.message_id] * 4
    assert heard == [("bus", True), ("bus", False)]


async def test_work_is_taken_again_only_once_all_that_was_held_is_stored() -> None:
    intake, storing = Intake(), asyncio.Event()
    bus = Bus(publisher_of(Streams()), intake)

    async def at_once() -> int:
        return 7

    async def later() -> int:
        await storing.wait()
        return 8

    second = asyncio.ensure_future(bus.hold(Unstored(later)))
    await asyncio.wait_for(bus.hold(Unstored(at_once)), 5)
    assert set(intake.reasons) == {"bus"}
    storing.set()
    await asyncio.wait_for(second, 5)
    assert not intake.reasons


async def test_work_that_is_given_up_meanwhile_holds_nothing_up() -> None:
    intake = Intake()
    holding = asyncio.ensure_future(
        Bus(publisher_of(Streams(*[nats.errors.TimeoutError()] * 100_000)), intake).store(FACT)
    )
    async with asyncio.timeout(5):
        while not intake.reasons:
            await asyncio.sleep(0)
    holding.cancel()
    await asyncio.wait({holding})
    assert not intake.reasons


async def test_what_a_stream_refuses_is_not_held() -> None:
    intake = Intake()
    with pytest.raises(BadRequestError):
        await Bus(publisher_of(Streams(BadRequestError())), intake).store(FACT)
    assert not intake.reasons


async def test_those_who_publish_without_a_bus_see_what_the_client_says_as_a_timeout() -> None:
    with pytest.raises(nats.errors.TimeoutError) as caught:
        await publisher_of(Streams(NoStreamResponseError()))(FACT)
    assert isinstance(caught.value, Unstored)
