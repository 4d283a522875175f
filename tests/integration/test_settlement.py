"""What becomes of a message, on a real server: acked, brought back, or parked with its reason."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest
from faststream import Context
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from contracts.codec import decode, decode_dead_letter, encode
from contracts.v1 import AssetFailed, AssetIngested, AssetPlayable, DeadLetter, Original
from services.runtime import heartbeat, settle
from services.runtime.errors import Early, HeadraceError, Permanent, Stale, Transient
from services.runtime.inject import StoredAtDep
from services.runtime.service import Service
from services.runtime.settings import Settings
from tests.processes import PATIENCE_S

EVENT = AssetIngested(
    asset_id="a", tenant="acme", original=Original(bucket="media", key="uploads/a", size_bytes=1, etag="e"), name="a"
)
PLAYABLE = AssetPlayable(asset_id="a", recipe="r", hls_key="k")


DeliveryDep = Annotated[int, Context("message.raw_message.metadata.num_delivered")]


class Soon(Transient):
    """Be a transient error that is tried three times without a wait."""

    def delay_s(self, deliveries: int) -> float | None:
        return 0.01 if deliveries < 3 else None


@pytest.fixture
async def js(nc: Client, clean_streams: None) -> AsyncIterator[JetStreamContext]:
    js = nc.jetstream()
    config = ConsumerConfig(
        durable_name="settled",
        ack_policy=AckPolicy.EXPLICIT,
        # Nothing comes back for want of an answer where a machine is slow.
        ack_wait=PATIENCE_S,
        filter_subject=AssetIngested.subject_filter(),
    )
    await js.add_consumer("MEDIA", config)
    yield js
    await js.delete_consumer("MEDIA", "settled")


@asynccontextmanager
async def serving(
    settings: Settings, handler: Callable[..., Awaitable[Any]], otherwise: settle.Otherwise | None = None
) -> AsyncIterator[None]:
    service = Service("settled", settings)
    service.on("MEDIA", "settled", handler, otherwise=otherwise)
    async with service.app.start_lifespan_context():
        yield


async def settled(js: JetStreamContext) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            info = await js.consumer_info("MEDIA", "settled")
            # The server counts a message as pending a moment after it has acknowledged it.
            is_begun = info.delivered is not None and info.delivered.consumer_seq > 0
            if is_begun and info.num_pending == 0 and info.num_ack_pending == 0:
                return
            await asyncio.sleep(0.02)


async def messages(js: JetStreamContext, stream: str, subject: str) -> list[bytes]:
    subjects = (await js.stream_info(stream, subjects_filter=subject)).state.subjects or {}
    return [(await js.get_last_msg(stream, name)).data or b"" for name in subjects]


async def letters(js: JetStreamContext) -> list[DeadLetter]:
    return [decode_dead_letter(payload) for payload in await messages(js, "DEAD", "dead.>")]


async def test_results_are_published_under_their_own_id_and_the_message_is_acked(
    js: JetStreamContext, settings: Settings
) -> None:
    async def handler(event: AssetIngested) -> AssetPlayable:
        return PLAYABLE

    async with serving(settings, handler):
        await js.publish(EVENT.subject, encode(EVENT))
        await settled(js)
    message = await js.get_last_msg("MEDIA", PLAYABLE.subject)
    assert decode(message.data or b"") == PLAYABLE
    headers = message.headers or {}
    assert headers["Nats-Msg-Id"] == "asset.playable:a:r"
    assert headers["Headrace-Service"] == "settled"
    assert headers["Headrace-Cause"].startswith("MEDIA:")


async def test_a_permanent_error_becomes_a_fact_and_a_dead_letter(js: JetStreamContext, settings: Settings) -> None:
    async def handler(event: AssetIngested) -> None:
        raise Permanent("no_video_stream", "Upload a file with video.")

    async with serving(settings, handler):
        await js.publish(EVENT.subject, encode(EVENT))
        await settled(js)
    (failed,) = [decode(payload) for payload in await messages(js, "MEDIA", AssetFailed.subject_filter())]
    assert failed == AssetFailed(
        asset_id="a",
        tenant="acme",
        code="no_video_stream",
        message="Upload a file with video.",
        service="settled",
    )
    (letter,) = await letters(js)
    assert (letter.reason, letter.code, letter.deliveries, letter.asset_id) == (
        "permanent", "no_video_stream", 1, "a",
    )  # fmt: skip
    assert decode(letter.payload) == EVENT


async def test_a_transient_error_brings_the_message_back_until_it_succeeds(
    js: JetStreamContext, settings: Settings
) -> None:
    tries = 0

    async def handler(event: AssetIngested) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Soon("store_unavailable", "Wait.")

    async with serving(settings, handler):
        await js.publish(EVENT.subject, encode(EVENT))
        await settled(js)
    assert tries == 3
    assert await letters(js) == []


async def test_lost_races_cost_no_deliveries(js: JetStreamContext, settings: Settings) -> None:
    deliveries: list[int] = []

    async def handler(event: AssetIngested, delivery: DeliveryDep) -> AssetPlayable:
        deliveries.append(delivery)
        if len(deliveries) < 10:
            raise Stale("object_changed", "Look again.")
        if len(deliveries) == 10:
            raise Soon("store_unavailable", "Wait.")
        return PLAYABLE

    async with serving(settings, handler):
        await js.publish(EVENT.subject, encode(EVENT))
        await settled(js)
    assert deliveries == [1] * 10 + [2]
    assert [decode(payload) for payload in await messages(js, "MEDIA", PLAYABLE.subject)] == [PLAYABLE]


async def test_a_race_that_is_always_lost_is_given_up(
    js: JetStreamContext, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settle, "_STALE_PAUSE_S", 0.0)

    class SoonStale(Soon, Stale):
        """Be a lost race that is not waited for afterwards."""

    tries = 0

    async def handler(event: AssetIngested) -> None:
        nonlocal tries
        tries += 1
        raise SoonStale("object_changed", "Look again.")

    async with serving(settings, handler):
        await js.publish(EVENT.subject, encode(EVENT))
        await settled(js)
    (letter,) = await letters(js)
    assert (letter.reason, letter.code, letter.deliveries, tries) == ("exhausted", "object_changed", 3, 150)


async def test_a_transient_error_that_stays_is_given_up_as_exhausted(js: JetStreamContext, settings: Settings) -> None:
    async def handler(event: AssetIngested) -> None:
        raise Soon("store_unavailable", "Check the store.")

    async with serving(settings, handler):
        await js.publish(EVENT.subject, encode(EVENT))
        await settled(js)
    (letter,) = await letters(js)
    assert (letter.reason, letter.code, letter.deliveries) == ("exhausted", "store_unavailable", 3)
    assert letter.message == "Check the store. It was tried 3 times."
    (failed,) = [decode(payload) for payload in await messages(js, "MEDIA", AssetFailed.subject_filter())]
    assert isinstance(failed, AssetFailed)
    assert failed.code == "store_unavailable"


@pytest.mark.parametrize("error", [Permanent("media_crashed", "Convert it."), Soon("media_crashed", "Wait.")])
async def test_work_that_an_asset_can_do_without_ends_in_a_fact_of_its_own(
    js: JetStreamContext, settings: Settings, error: HeadraceError
) -> None:
    async def handler(event: AssetIngested) -> None:
        raise error

    def otherwise(event: AssetIngested, given: HeadraceError) -> AssetPlayable:
        assert (event, given.code) == (EVENT, "media_crashed")
        return PLAYABLE

    async with serving(settings, handler, otherwise):
        await js.publish(EVENT.subject, encode(EVENT))
        await settled(js)
    assert [decode(payload) for payload in await messages(js, "MEDIA", PLAYABLE.subject)] == [PLAYABLE]
    assert await messages(js, "MEDIA", AssetFailed.subject_filter()) == []
    (letter,) = await letters(js)
    assert (letter.code, letter.asset_id) == ("media_crashed", "a")


async def test_a_handler_can_say_that_it_is_too_early_by_when_the_message_was_stored(
    js: JetStreamContext, settings: Settings
) -> None:
    told: list[datetime] = []

    async def handler(event: AssetIngested, stored_at: StoredAtDep) -> None:
        told.append(stored_at)
        if len(told) < 6:
            raise Early(0.01)

    async with serving(settings, handler):
        await js.publish(EVENT.subject, encode(EVENT))
        await settled(js)
    assert len(told) == 6
    assert len(set(told)) == 1
    assert abs(datetime.now(UTC) - told[0]) < timedelta(minutes=1)
    assert await letters(js) == []


@pytest.mark.parametrize(
    "payload",
    [b"", b"not json", b'{"type":"asset.unheard"}', b'{"type":"asset.ingested","asset_id":7}', encode(PLAYABLE)],
)
async def test_what_does_not_decode_is_parked_whole_and_tried_once(
    js: JetStreamContext, settings: Settings, payload: bytes
) -> None:
    async def handler(event: AssetIngested) -> None:
        raise AssertionError

    async with serving(settings, handler):
        await js.publish(EVENT.subject, payload)
        await settled(js)
    (letter,) = await letters(js)
    assert (letter.reason, letter.code, letter.deliveries) == ("poison", "undecodable_message", 1)
    assert letter.payload == payload
    assert letter.source_subject == EVENT.subject


async def test_a_defect_of_ours_is_tried_again_later(js: JetStreamContext, settings: Settings) -> None:
    called = asyncio.Event()

    async def handler(event: AssetIngested) -> None:
        called.set()
        raise ZeroDivisionError

    async with serving(settings, handler):
        await js.publish(EVENT.subject, encode(EVENT))
        await asyncio.wait_for(called.wait(), PATIENCE_S)
    info = await js.consumer_info("MEDIA", "settled")
    assert info.num_ack_pending == 1
    assert await letters(js) == []


async def test_a_cancelled_message_comes_back_at_once(js: JetStreamContext, settings: Settings) -> None:
    started, deliveries = asyncio.Event(), 0

    async def endless(event: AssetIngested) -> None:
        started.set()
        await asyncio.Event().wait()

    async def counting(event: AssetIngested) -> None:
        nonlocal deliveries
        deliveries += 1

    await js.publish(EVENT.subject, encode(EVENT))
    async with serving(settings, endless):
        await asyncio.wait_for(started.wait(), PATIENCE_S)
    async with serving(settings, counting):
        await settled(js)
    assert deliveries == 1


async def test_work_longer_than_the_ack_wait_is_delivered_once(
    js: JetStreamContext, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_S", 0.2)
    durable = (await js.consumer_info("MEDIA", "settled")).config
    await js.add_consumer("MEDIA", durable.evolve(ack_wait=2))
    deliveries = 0

    async def slow(event: AssetIngested) -> None:
        nonlocal deliveries
        deliveries += 1
        # Longer than the durable's ack_wait of 2 s: without heartbeats it would come again.
        await asyncio.sleep(3)

    async with serving(settings, slow):
        await js.publish(EVENT.subject, encode(EVENT))
        await settled(js)
    assert deliveries == 1
