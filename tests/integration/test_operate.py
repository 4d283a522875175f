"""The operator's console on a real server: what is asked on ``headrace.…``, and what it does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from contracts.codec import decode, encode
from contracts.v1 import AssetRetried, MakeThumbnails
from contracts.v1.operate import (
    AssetTold,
    Drained,
    DurableState,
    Halted,
    Letter,
    LetterPage,
    LettersSettled,
    RetryTold,
    Status,
)
from infra.nats import topology
from services.operate import app, workers
from services.runtime.errors import Permanent, Transient
from services.runtime.service import Service
from services.runtime.settings import Settings
from tests import stories
from tests.dispatching import dispatching
from tests.processes import PATIENCE_S
from tests.serving import running

GOLDEN = Path(__file__).parents[1] / "contracts" / "golden"
TASK = msgspec.convert(decode((GOLDEN / "thumbnail.make.json").read_bytes()), MakeThumbnails)
RETRIED = AssetRetried(asset_id="a", edit="e1", step="probe", attempt=1)

pytestmark = pytest.mark.usefixtures("clean_streams")

Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
async def ask(nc: Client, settings: Settings) -> AsyncIterator[Ask]:
    """Return how to ask the console, of which two processes run; a refusal is returned as its code and status."""

    async def ask(subject: str, kind: type, **asked: object) -> Any:
        payload = msgspec.json.encode(asked) if asked else b""
        answer = await nc.request(f"headrace.{subject}", payload, timeout=PATIENCE_S)
        if answer.headers:
            refusal = msgspec.json.decode(answer.data)
            assert answer.headers["Nats-Service-Error-Code"] == str(refusal["status"])
            return refusal["code"], refusal["status"]
        return msgspec.json.decode(answer.data, type=kind)

    async with running(app.build(settings)), running(app.build(settings)):
        async with asyncio.timeout(PATIENCE_S):
            while len(await consoles(nc)) < 2:
                await asyncio.sleep(0.02)
        yield ask


async def consoles(nc: Client) -> list[dict[str, Any]]:
    inbox = nc.new_inbox()
    subscription = await nc.subscribe(inbox)
    await nc.publish("$SRV.INFO.headrace", b"", reply=inbox)
    found = []
    while True:
        try:
            found.append(msgspec.json.decode((await subscription.next_msg(timeout=0.2)).data))
        except TimeoutError:
            await subscription.unsubscribe()
            return [console for console in found if len(console["endpoints"]) == 10]


class Handling:
    """A service with one handler that fails as long as it is told to."""

    def __init__(self, name: str, stream: str, durable: str, event: type, settings: Settings) -> None:
        self.taken: list[Any] = []
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.service = Service(name, settings)

        async def handle(event: Any) -> None:
            self.taken.append(event)
            await self.gate.wait()
            if self.error is not None:
                raise self.error

        handle.__annotations__["event"] = event
        self.service.on(stream, durable, handle)

    async def took(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.taken) < count:
                await asyncio.sleep(0.02)


async def drained(ask: Ask, service: str) -> Drained:
    """Return what a drain says once it says that all is finished; where a machine is slow it may say first that not."""
    async with asyncio.timeout(PATIENCE_S):
        while not (told := await ask("drain", Drained, service=service)).is_drained:
            pass
    return cast("Drained", told)


async def letters(js: JetStreamContext, count: int) -> int:
    """Return the place of the last dead letter, once there are so many."""
    async with asyncio.timeout(PATIENCE_S):
        while (state := (await js.stream_info("DEAD")).state).messages != count:
            await asyncio.sleep(0.02)
    return state.last_seq


async def settled(js: JetStreamContext, stream: str, durable: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while (info := await js.consumer_info(stream, durable)).num_pending or info.num_ack_pending:
            await asyncio.sleep(0.02)


@pytest.fixture
def thumbnail(settings: Settings) -> Handling:
    return Handling("thumbnail", "TASKS", "thumbnail", MakeThumbnails, settings)


async def test_a_task_that_is_replayed_is_done_again_once(
    ask: Ask, nc: Client, js: JetStreamContext, thumbnail: Handling
) -> None:
    thumbnail.error = Permanent("object_missing", "Bring it back.")
    async with running(thumbnail.service), dispatching(nc):
        await js.publish(TASK.subject, encode(TASK), headers={"Nats-Msg-Id": TASK.message_id, "correlation_id": "c"})
        place = await letters(js, 1)
        page = await ask("dead.ls", LetterPage, asset_id=TASK.asset_id)
        assert [(one.id, one.code, one.durable, one.tries, one.correlation_id) for one in page.letters] == [
            (place, "object_missing", "thumbnail", 1, "c")
        ]
        thumbnail.error = None
        assert (await ask("dead.replay", LettersSettled, ids=[place])).done == [place]
        await thumbnail.took(2)
        again = await ask("dead.replay", LettersSettled, ids=[place])
        assert (again.done, [one.code for one in again.refused]) == ([], ["letter_missing"])
        await settled(js, "TASKS", "thumbnail")
    assert thumbnail.taken == [TASK, TASK]
    assert (await js.stream_info("DEAD")).state.messages == 0
    assert (await js.stream_info("TASKS")).state.messages == 0


async def test_a_letter_that_two_replay_at_once_is_one_message(
    ask: Ask, js: JetStreamContext, thumbnail: Handling
) -> None:
    thumbnail.error = Permanent("object_missing", "Bring it back.")
    async with running(thumbnail.service):
        await js.publish(TASK.subject, encode(TASK))
        place = await letters(js, 1)
    await asyncio.gather(*(ask("dead.replay", LettersSettled, ids=[place]) for _ in range(6)))
    state = (await js.stream_info("QUEUE")).state
    assert (state.messages, state.last_seq) == (1, 1)


async def test_a_fact_goes_again_only_to_the_durable_that_failed(
    ask: Ask, js: JetStreamContext, settings: Settings
) -> None:
    failing = Handling("probe", "MEDIA", "probe", AssetRetried, settings)
    other = Handling("plan", "MEDIA", "plan_retry", AssetRetried, settings)
    failing.error = Permanent("media_crashed", "Convert it.")
    async with running(failing.service), running(other.service):
        await js.publish(RETRIED.subject, encode(RETRIED))
        first = await letters(js, 1)
        # The cause stays: what goes again and fails again is a letter again.
        assert (await ask("dead.replay", LettersSettled, service="probe")).done == [first]
        await failing.took(2)
        second = await letters(js, 1)
        assert second > first
        failing.error = None
        assert (await ask("dead.replay", LettersSettled, every=True)).done == [second]
        await failing.took(3)
        await settled(js, "MEDIA", "probe")
        await settled(js, "MEDIA", "plan_retry")
    assert failing.taken == [RETRIED] * 3
    assert other.taken == [RETRIED]
    facts = (await js.stream_info("MEDIA", subjects_filter=AssetRetried.subject_filter())).state.subjects
    assert facts == {RETRIED.subject: 1}


async def test_a_letter_is_shown_whole_and_dropped(ask: Ask, js: JetStreamContext, thumbnail: Handling) -> None:
    async with running(thumbnail.service):
        await js.publish(TASK.subject, b"no json", headers={"Of": "mine"})
        await js.publish(TASK.subject, b'{"type":"unheard"}')
        last = await letters(js, 2)
    first, second = [await ask("dead.show", Letter, id=place) for place in (last - 1, last)]
    assert (first.reason, first.payload, first.document, first.headers["Of"]) == ("poison", b"no json", None, "mine")
    assert (second.payload, second.document) == (None, {"type": "unheard"})
    dropped = await ask("dead.drop", LettersSettled, reason="poison", after=last - 1)
    assert (dropped.done, dropped.refused) == ([last], [])
    assert await ask("dead.show", Letter, id=last) == ("letter_missing", 404)
    assert [one.id for one in (await ask("dead.ls", LetterPage)).letters] == [last - 1]
    assert thumbnail.taken == []


async def test_letters_come_in_pages(ask: Ask, js: JetStreamContext, thumbnail: Handling) -> None:
    async with running(thumbnail.service):
        for _ in range(3):
            await js.publish(TASK.subject, b"")
        last = await letters(js, 3)
    page = await ask("dead.ls", LetterPage, limit=2)
    assert ([one.id for one in page.letters], page.next_after) == ([last - 2, last - 1], last - 1)
    rest = await ask("dead.ls", LetterPage, limit=2, after=page.next_after)
    assert ([one.id for one in rest.letters], rest.next_after) == ([last], None)


def state_in(status: Status, durable: str) -> DurableState:
    (state,) = [one for stream in status.streams for one in stream.durables if one.name == durable]
    return state


async def test_what_is_paused_waits_until_it_is_resumed(
    ask: Ask, js: JetStreamContext, nc: Client, thumbnail: Handling
) -> None:
    paused = await ask("pause", Halted, durable="thumbnail")
    assert [(one.stream, one.name, one.service) for one in paused.durables] == [("TASKS", "thumbnail", "thumbnail")]
    # Whatever applies the topology, such as a new start, resumes nothing.
    await topology.apply(nc)
    async with running(thumbnail.service):
        await js.publish(TASK.subject, encode(TASK))
        async with asyncio.timeout(PATIENCE_S):
            # The server counts a message as waiting a moment after it has acknowledged it.
            while (state := state_in(await ask("status", Status), "thumbnail")).waiting != 1:
                pass
        assert (state.working, state.paused_until) == (0, paused.durables[0].paused_until)
        assert thumbnail.taken == []
        resumed = await ask("resume", Halted, durable="thumbnail")
        assert [one.paused_until for one in resumed.durables] == [None]
        await thumbnail.took(1)


async def test_services_and_lanes_are_paused_as_a_whole(ask: Ask) -> None:
    encoding = await ask("pause", Halted, service="ladder_encode")
    assert {one.name for one in encoding.durables} == {
        "encode_copy",
        "encode_head",
        "encode_audio",
        "encode_bulk",
        "encode_text",
    }
    resumed = await ask("resume", Halted, lane="bulk")
    assert [one.name for one in resumed.durables] == ["encode_bulk"]
    status = await ask("status", Status)
    halted = {one.name for stream in status.streams for one in stream.durables if one.paused_until}
    assert halted == {"encode_copy", "encode_head", "encode_audio", "encode_text"}


async def test_a_pause_can_have_an_end(ask: Ask, js: JetStreamContext, thumbnail: Handling) -> None:
    await ask("pause", Halted, service="thumbnail", for_s=1)
    async with running(thumbnail.service):
        await js.publish(TASK.subject, encode(TASK))
        await thumbnail.took(1)


async def test_what_is_drained_finishes_what_it_has_and_takes_nothing_new(
    ask: Ask, js: JetStreamContext, thumbnail: Handling
) -> None:
    thumbnail.gate.clear()
    async with running(thumbnail.service):
        await js.publish(TASK.subject, encode(TASK))
        await thumbnail.took(1)
        at_work = await ask("drain", Drained, service="thumbnail")
        assert (at_work.is_drained, [worker.at_work for worker in at_work.workers]) == (False, [1])
        await js.publish(TASK.subject, encode(TASK))
        thumbnail.gate.set()
        assert [worker.at_work for worker in (await drained(ask, "thumbnail")).workers] == [0]
        assert len(thumbnail.taken) == 1
        await ask("resume", Halted, service="thumbnail")
        await thumbnail.took(2)


async def test_what_waits_for_its_next_try_holds_no_drain_up(
    ask: Ask, js: JetStreamContext, thumbnail: Handling
) -> None:
    thumbnail.error = Transient("store_unavailable", "Wait.")
    async with running(thumbnail.service):
        await js.publish(TASK.subject, encode(TASK))
        await thumbnail.took(1)
        assert [worker.at_work for worker in (await drained(ask, "thumbnail")).workers] == [0]
        assert (await js.consumer_info("TASKS", "thumbnail")).num_ack_pending == 1


async def test_an_asset_is_told_and_retried(ask: Ask, js: JetStreamContext) -> None:
    for fact in [*stories.life_of("aa"), stories.failed("aa")]:
        await js.publish(fact.subject, encode(fact), headers={"Headrace-Service": "teller"})
    told = await ask("asset", AssetTold, asset_id="aa")
    assert [one.fact for one in told.facts] == [fact.kind() for fact in [*stories.life_of("aa"), stories.failed("aa")]]
    assert (told.facts[-1].code, told.facts[-1].service, told.is_deleted) == ("not_media", "teller", False)
    first = await ask("retry", RetryTold, asset_id="aa", step="package")
    second = await ask("retry", RetryTold, asset_id="aa", step="probe")
    assert (first.attempt, second.attempt) == (1, 2)
    stated = [decode((await js.get_msg("MEDIA", one.sequence)).data or b"") for one in (first, second)]
    assert [(fact.step, fact.recipe) for fact in stated if isinstance(fact, AssetRetried)] == [
        ("package", stories.RECIPE),
        ("probe", ""),
    ]


REFUSALS: list[tuple[str, dict[str, Any], tuple[str, int]]] = [
    ("asset", {"asset_id": "nobodys"}, ("asset_missing", 404)),
    ("asset", {"asset_id": "a.>"}, ("request_invalid", 400)),
    ("asset", {}, ("request_invalid", 400)),
    ("retry", {"asset_id": "nobodys"}, ("asset_missing", 404)),
    ("retry", {"asset_id": "a", "step": "dance"}, ("request_invalid", 400)),
    ("pause", {"service": "gateway"}, ("nothing_meant", 404)),
    ("pause", {"service": "probe", "lane": "bulk"}, ("request_invalid", 400)),
    ("resume", {}, ("request_invalid", 400)),
    ("drain", {"service": "nobody"}, ("nothing_meant", 404)),
    ("dead.show", {"id": 1}, ("letter_missing", 404)),
    ("dead.drop", {}, ("request_invalid", 400)),
    ("dead.drop", {"servcie": "probe"}, ("request_invalid", 400)),
]


async def test_what_cannot_be_done_is_refused_with_a_code(ask: Ask) -> None:
    for subject, asked, refusal in REFUSALS:
        assert await ask(subject, dict, **asked) == refusal, (subject, asked)


def workers_in(status: Status) -> dict[str, list[int | None]]:
    return {one.name: [worker.at_work for worker in one.workers] for one in status.services}


async def test_status_tells_of_streams_processes_and_letters(
    ask: Ask, js: JetStreamContext, thumbnail: Handling
) -> None:
    async with running(thumbnail.service):
        await js.publish(TASK.subject, b"")
        await letters(js, 1)
        expected = {"thumbnail": [0], "operate": [0, 0], "probe": []}
        async with asyncio.timeout(PATIENCE_S):
            # Whoever answers later than others is not waited for.
            while not (found := workers_in(status := await ask("status", Status))).items() >= expected.items():
                pass
    assert "headrace" not in found
    assert [(one.reason, one.service, one.letters) for one in status.dead] == [("poison", "thumbnail", 1)]
    assert [stream.name for stream in status.streams] == [stream.name for stream in topology.TOPOLOGY]


async def test_a_service_that_is_expected_is_waited_for_though_others_answered_long_ago(
    nc: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_FIRST_WITHIN_S", 60)

    async def answer(ping: Msg) -> None:
        await ping.respond(msgspec.json.encode({"name": "quick", "id": "1"}))
        await asyncio.sleep(0.2)
        await ping.respond(msgspec.json.encode({"name": "busy", "id": "2", "metadata": {"at_work": "1"}}))

    await nc.subscribe("$SRV.PING", cb=answer)
    found = await workers.workers_of(nc, silence_s=0.0, expected={"quick", "busy"})
    assert {name: [worker.at_work for worker in own] for name, own in found.items()} == {"quick": [None], "busy": [1]}
