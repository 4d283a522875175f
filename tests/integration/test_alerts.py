"""Alerts over the real log: what deserves one raises one, and the same trouble only once in a while."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.micro import add_service
from nats.micro.service import ServiceConfig

from contracts.codec import decode_alert, encode
from contracts.v1 import Alert, DeadLetter
from services.notify.silence import watch_services
from services.notify.trouble import watch_letters, watch_recoveries
from services.runtime import trace
from services.runtime.alerts import Alerts
from services.runtime.background import end
from services.runtime.follow import page
from tests import stories
from tests.processes import PATIENCE_S

pytestmark = pytest.mark.usefixtures("clean_streams")


@pytest.fixture
async def watching() -> AsyncIterator[Callable[..., None]]:
    """Return what runs a watcher until the test's end."""
    tasks: list[asyncio.Task[None]] = []
    yield lambda work: tasks.append(asyncio.create_task(work))
    await end(tasks)


async def alerts_in(js: JetStreamContext) -> list[Alert]:
    return [decode_alert(message.data) for message in await page(js, "MEDIA", ("alert.v1.>",), 0, 100)]


async def raised(js: JetStreamContext) -> Alert:
    """Return the only alert, once it is there."""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await alerts_in(js)):
            await asyncio.sleep(0.02)
    (alert,) = found
    return alert


async def until_followed(js: JetStreamContext, stream: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not [each for each in await js.consumers_info(stream) if each.config.durable_name is None]:
            await asyncio.sleep(0.02)


def letter(number: int, tenant: str = "acme") -> DeadLetter:
    task = stories.ingested(f"asset{number}")
    payload = encode(task).replace(b'"default"', f'"{tenant}"'.encode())
    return DeadLetter(
        reason="exhausted",
        service="probe",
        code="store_unavailable",
        message="The store did not answer.",
        stream="MEDIA",
        source_subject=task.subject,
        sequence=number,
        deliveries=4,
        payload=payload,
        asset_id=task.asset_id,
    )


async def test_work_that_was_given_up_raises_one_alert_for_many_letters(
    js: JetStreamContext, watching: Callable[..., None]
) -> None:
    # What was given up while nobody watched is told as well.
    await js.publish(letter(1).subject, encode(letter(1)))
    watching(watch_letters(js, Alerts(js, 300.0)))
    for number in range(2, 4):
        await js.publish(letter(number).subject, encode(letter(number)))
    await js.publish(letter(4, "other").subject, encode(letter(4, "other")))
    async with asyncio.timeout(PATIENCE_S):
        while len(found := await alerts_in(js)) < 2:
            await asyncio.sleep(0.02)
    assert [(alert.kind, alert.about, alert.asset_id, alert.tenant) for alert in found] == [
        ("retries_exhausted", "probe", "asset1", "acme"),
        ("retries_exhausted", "probe", "asset4", "other"),
    ]
    assert found[0].message == "The store did not answer."


async def test_letters_of_a_time_of_absence_are_told_and_no_others_again(js: JetStreamContext) -> None:
    for number in (1, 2):
        await js.publish(letter(number).subject, encode(letter(number)))
        watching = asyncio.create_task(watch_letters(js, Alerts(js, 0.0)))
        async with asyncio.timeout(PATIENCE_S):
            while len(await alerts_in(js)) < number or (await js.consumer_info("DEAD", "trouble")).num_ack_pending:
                await asyncio.sleep(0.02)
        await end({watching})
    assert [alert.asset_id for alert in await alerts_in(js)] == ["asset1", "asset2"]


async def test_work_that_was_done_in_a_later_try_raises_an_alert(
    js: JetStreamContext, watching: Callable[..., None]
) -> None:
    watching(watch_recoveries(js, Alerts(js, 300.0)))
    await until_followed(js, "MEDIA")
    fact = stories.encoded("a", stories.PARTS[0])
    for recovered in (False, True):
        at_hand = trace.Trace("ladder_encode", "c", "TASKS:1", "o", recovered=recovered)
        await js.publish(fact.subject, encode(fact), headers=at_hand.headers())
    alert = await raised(js)
    assert (alert.kind, alert.about, alert.asset_id) == ("work_recovered", "ladder_encode", "a")


async def test_a_service_that_falls_silent_raises_an_alert_and_one_that_answers_does_not(
    nc: Client, js: JetStreamContext, watching: Callable[..., None]
) -> None:
    asked = await nc.subscribe("$SRV.PING")
    await add_service(nc, ServiceConfig(name="lively", version="0.1.0"))
    mortal = await add_service(nc, ServiceConfig(name="mortal", version="0.1.0"))
    watching(watch_services(nc, Alerts(js, 300.0), silent_after_s=2.0))
    for _ in range(2):
        await asked.next_msg(PATIENCE_S)
    await mortal.stop()
    alert = await raised(js)
    assert (alert.kind, alert.about) == ("service_silent", "mortal")


async def test_the_same_alert_is_raised_again_after_its_cool_down(js: JetStreamContext) -> None:
    alert = Alert(kind="service_silent", about="probe", message="Start it.")
    patient, hasty = Alerts(js, 300.0), Alerts(js, 0.0)
    assert await patient.raise_(alert)
    assert not await patient.raise_(alert)
    assert await hasty.raise_(alert)
    assert len(await alerts_in(js)) == 2


async def test_processes_that_see_the_same_raise_one_alert(js: JetStreamContext) -> None:
    alert = Alert(kind="service_silent", about="probe", message="Start it.")
    done = await asyncio.gather(*(Alerts(js, 300.0).raise_(alert) for _ in range(8)))
    assert sum(done) == 1
    assert await alerts_in(js) == [alert]
