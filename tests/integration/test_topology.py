"""The topology on a real server: applying it again changes nothing, and never what lies in the streams."""

from datetime import timedelta

import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, StreamConfig

from infra.nats import topology
from infra.nats.stream import ACK_WAIT_S
from tests.processes import PATIENCE_S

pytestmark = pytest.mark.usefixtures("clean_streams")


async def configurations(js: JetStreamContext) -> list[StreamConfig | ConsumerConfig]:
    found: list[StreamConfig | ConsumerConfig] = []
    for stream in topology.TOPOLOGY:
        found.append((await js.stream_info(stream.name)).config)
        found += [(await js.consumer_info(stream.name, durable.name)).config for durable in stream.durables]
    return found


async def test_every_stream_and_durable_is_there_as_stated(js: JetStreamContext) -> None:
    for stream in topology.TOPOLOGY:
        config = (await js.stream_info(stream.name)).config
        assert config.subjects == list(stream.subjects)
        assert config.retention == stream.retention
        assert config.max_age == (stream.max_age or timedelta()).total_seconds()
        assert config.storage == "file"
        for durable in stream.durables:
            consumer = (await js.consumer_info(stream.name, durable.name)).config
            assert consumer.ack_policy == "explicit"
            assert (consumer.ack_wait, consumer.max_deliver) == (ACK_WAIT_S, -1)
            assert (consumer.filter_subjects or [consumer.filter_subject]) == list(stream.filters(durable))


async def test_applying_it_again_changes_nothing(nc: Client, js: JetStreamContext) -> None:
    before = await configurations(js)
    await topology.apply(nc)
    assert await configurations(js) == before


async def test_messages_and_the_durables_positions_stay(nc: Client, js: JetStreamContext) -> None:
    for number in range(3):
        await js.publish(f"media.v1.asset.ingested.a{number}.asset", b"")
    reader = await js.pull_subscribe_bind("probe", "MEDIA")
    (first,) = await reader.fetch(1, timeout=PATIENCE_S)
    await first.ack_sync()
    await topology.apply(nc)
    (second,) = await reader.fetch(1, timeout=PATIENCE_S)
    assert second.subject == "media.v1.asset.ingested.a1.asset"
    assert (await js.stream_info("MEDIA")).state.messages == 3


async def test_what_differs_is_updated_in_place(nc: Client, js: JetStreamContext) -> None:
    await js.publish("bucket.feed", b"kept")
    stream = (await js.stream_info("BUCKET")).config
    await js.update_stream(stream.evolve(max_age=3600))
    durable = (await js.consumer_info("BUCKET", "ingest")).config
    await js.add_consumer("BUCKET", durable.evolve(ack_wait=60))
    await topology.apply(nc)
    assert (await js.stream_info("BUCKET")).config == stream
    assert (await js.consumer_info("BUCKET", "ingest")).config == durable
    assert (await js.get_msg("BUCKET", 1)).data == b"kept"


async def test_a_durable_learns_of_other_subjects_and_keeps_its_place(nc: Client, js: JetStreamContext) -> None:
    durable = (await js.consumer_info("MEDIA", "plan")).config
    await js.add_consumer("MEDIA", durable.evolve(filter_subject="media.v1.asset.probed.*.>", filter_subjects=None))
    for number in range(2):
        await js.publish(f"media.v1.asset.probed.a{number}.asset", b"")
    reader = await js.pull_subscribe_bind("plan", "MEDIA")
    (first,) = await reader.fetch(1, timeout=PATIENCE_S)
    await first.ack_sync()
    await topology.apply(nc)
    await js.publish(topology.MEDIA.again("plan", first.subject), b"")
    found = [(await reader.fetch(1, timeout=PATIENCE_S))[0].subject for _ in range(2)]
    assert found == ["media.v1.asset.probed.a1.asset", "again.v1.plan.media.v1.asset.probed.a0.asset"]


async def test_a_limit_that_an_operator_set_stays(nc: Client, js: JetStreamContext) -> None:
    await js.update_stream((await js.stream_info("DEAD")).config.evolve(max_bytes=1 << 30))
    await topology.apply(nc)
    assert (await js.stream_info("DEAD")).config.max_bytes == 1 << 30


async def test_a_message_id_is_remembered_across_subjects(js: JetStreamContext) -> None:
    headers = {"Nats-Msg-Id": "asset.ingested:a"}
    first = await js.publish("media.v1.asset.ingested.a.asset", b"", headers=headers)
    again = await js.publish("media.v1.asset.probed.a.asset", b"", headers=headers)
    assert not first.duplicate
    assert (again.seq, again.duplicate) == (first.seq, True)
