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
from services.runtime.denials import Denials
from services.runtime.intake import Intake
from services.runtime.publish import Publisher, Unstored
from tests.processes import PATIENCE_S

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
    await asyncio.wait_for(Bus(publisher_of(streams), intake, Denials("probe")).store(FACT), PATIENCE_S)
    assert streams.ids == [FACT.message_id] * 4
    assert heard == [("bus", True), ("bus", False)]


async def test_work_is_taken_again_only_once_all_that_was_held_is_stored() -> None:
    intake, storing = Intake(), asyncio.Event()
    bus = Bus(publisher_of(Streams()), intake, Denials("probe"))

    async def at_once() -> int:
        return 7

    async def later() -> int:
        await storing.wait()
        return 8

    second = asyncio.ensure_future(bus.hold(Unstored("media.v1.a", later)))
    await asyncio.wait_for(bus.hold(Unstored("media.v1.a", at_once)), PATIENCE_S)
    assert set(intake.reasons) == {"bus"}
    storing.set()
    await asyncio.wait_for(second, PATIENCE_S)
    assert not intake.reasons


async def test_work_that_is_given_up_meanwhile_holds_nothing_up() -> None:
    intake = Intake()
    holding = asyncio.ensure_future(
        Bus(publisher_of(Streams(*[nats.errors.TimeoutError()] * 100_000)), intake, Denials("probe")).store(FACT)
    )
    async with asyncio.timeout(PATIENCE_S):
        while not intake.reasons:
            await asyncio.sleep(0)
    holding.cancel()
    await asyncio.wait({holding})
    assert not intake.reasons


async def test_what_may_not_be_published_is_told_by_its_subject_and_who_lacks_the_permission() -> None:
    intake, denials, heard = Intake(), Denials("probe"), list[str | None]()
    intake.on_change(lambda _, sentence: heard.append(sentence))
    await denials.heard(nats.errors.Error("nats: stale connection"))
    await denials.heard(nats.errors.Error(f'nats: Permissions Violation for Publish to "{FACT.subject}"'))
    bus = Bus(publisher_of(Streams(*[nats.errors.TimeoutError(), None] * 2)), intake, denials)
    await asyncio.wait_for(bus.store(FACT), PATIENCE_S)
    await asyncio.wait_for(bus.store(FACT), PATIENCE_S)
    denied, _, away, _ = heard
    assert denied is not None
    assert denied.startswith(f"NATS does not let the service probe publish on {FACT.subject}; give its user that")
    assert away is not None
    assert away.startswith("NATS does not store what is published")


async def test_what_a_stream_refuses_is_not_held() -> None:
    intake = Intake()
    with pytest.raises(BadRequestError):
        await Bus(publisher_of(Streams(BadRequestError())), intake, Denials("probe")).store(FACT)
    assert not intake.reasons


async def test_those_who_publish_without_a_bus_see_what_the_client_says_as_a_timeout() -> None:
    with pytest.raises(nats.errors.TimeoutError) as caught:
        await publisher_of(Streams(NoStreamResponseError()))(FACT)
    assert isinstance(caught.value, Unstored)
