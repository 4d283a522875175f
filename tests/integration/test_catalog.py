"""The catalog on real servers: equal to the log, whatever happens to it meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import chain, zip_longest

import asyncpg
import msgspec
import pytest
from msgspec.structs import replace
from nats.js import JetStreamContext

from contracts.v1 import (
    AnyFact,
    AssetAbandoned,
    AssetDeleted,
    AssetDescribed,
    AssetPurged,
    AssetRetried,
    VersionChosen,
    VersionRemoved,
    VersionRetired,
)
from services.catalog import app, log, tables
from services.catalog.view import AssetView
from services.runtime.errors import Transient
from services.runtime.settings import Settings
from tests import stories
from tests.processes import PATIENCE_S
from tests.projection import folded, projecting, publish, renew_tables, rows

IDS = [f"asset{number}" for number in range(8)]


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await renew_tables(connection)
    yield connection
    await connection.close()


@pytest.fixture
def js(clean_streams: None, js: JetStreamContext) -> JetStreamContext:
    return js


def edits(asset_id: str) -> list[AnyFact]:
    """Return what people may do to a ready asset: describe it, have it made again, delete it."""
    plan = replace(stories.planned(asset_id), recipe="again", attempt=1)
    return [
        AssetDescribed(asset_id=asset_id, edit="e1", title="T", description="", metadata={}, tags=["t"], category="c"),
        AssetRetried(asset_id=asset_id, edit="e2", step="encode", attempt=1),
        plan,
        replace(stories.encoded(asset_id, stories.PARTS[0]), recipe="again"),
        replace(stories.ready(asset_id), recipe="again"),
        AssetDeleted(asset_id=asset_id, edit="e3", purge_at=datetime(2030, 1, 1, tzinfo=UTC)),
    ]


def several_lives() -> list[AnyFact]:
    """Return the lives of several assets side by side.

    One fails, one is told twice, one is purged, two never begin; one goes back to its first version, one loses it.
    """
    lives = [stories.life_of(asset_id) for asset_id in IDS]
    lives[1] = [*lives[1][:4], stories.failed(IDS[1])]
    lives[3] = [stories.awaited(IDS[3]), *lives[3]]
    lives += [[stories.awaited("gone"), AssetAbandoned(asset_id="gone")], [stories.awaited("waiting")]]
    lives[2] += [stories.playable(IDS[2]), stories.encoded(IDS[2], "video-00001")]
    lives[4] += [*edits(IDS[4]), AssetPurged(asset_id=IDS[4], objects=3, attempt=2), stories.ready(IDS[4])]
    lives[5] += edits(IDS[5])
    lives[6] += [*edits(IDS[6])[1:5], VersionChosen(asset_id=IDS[6], edit="e4", recipe=stories.RECIPE)]
    lives[7] += [*edits(IDS[7])[1:5], VersionRetired(asset_id=IDS[7], recipe=stories.RECIPE)]
    lives[7] += [VersionRemoved(asset_id=IDS[7], recipe=stories.RECIPE, objects=7)]
    return [fact for fact in chain.from_iterable(zip_longest(*lives)) if fact is not None]


async def view_of(database: asyncpg.Connection, asset_id: str) -> AssetView | None:
    found = await database.fetchval("SELECT view FROM assets WHERE asset_id = $1", asset_id)
    return None if found is None else msgspec.json.decode(found, type=AssetView)


async def seen(database: asyncpg.Connection, asset_id: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await view_of(database, asset_id) is None:
            await asyncio.sleep(0.02)


async def test_the_tables_say_what_the_log_says(
    database: asyncpg.Connection, js: JetStreamContext, settings: Settings
) -> None:
    async with projecting(settings, js):
        await publish(js, several_lives())
        await folded(database, js)
    states = {row["asset_id"]: row["state"] for row in await database.fetch("SELECT asset_id, state FROM assets")}
    assert states == dict.fromkeys(set(IDS) - {IDS[4]}, "ready") | {
        IDS[1]: "failed",
        IDS[5]: "deleted",
        "waiting": "waiting",
    }
    assert await database.fetchval("SELECT count(*) FROM parts WHERE asset_id = $1", IDS[0]) == len(stories.PARTS)
    played = [view.recipe for asset_id in IDS[5:] if (view := await view_of(database, asset_id))]
    assert played == ["again", stories.RECIPE, "again"]
    first = await js.get_msg("MEDIA", seq=1)
    view = await view_of(database, IDS[0])
    assert view is not None
    assert first.time is not None
    assert view.created_at.replace(microsecond=0) == first.time.replace(microsecond=0)


async def test_a_rebuild_equals_what_it_replaces_row_for_row(
    database: asyncpg.Connection, js: JetStreamContext, settings: Settings
) -> None:
    facts = several_lives()
    for start in range(0, len(facts), 17):
        async with projecting(settings, js):
            await publish(js, facts[start : start + 17])
            await folded(database, js)
    grown = await rows(database)
    await renew_tables(database)
    async with projecting(settings, js):
        await folded(database, js)
    assert await rows(database) == grown
    assert len(grown["assets"]) == len(IDS)


async def test_a_running_catalog_can_be_rebuilt(
    database: asyncpg.Connection, js: JetStreamContext, settings: Settings
) -> None:
    await publish(js, several_lives())
    async with app.build(settings).app.start_lifespan_context():
        await folded(database, js)
        grown = await rows(database)
        async with database.transaction():
            await database.execute("UPDATE checkpoint SET sequence = 0, skipped = 0")
            await database.execute("TRUNCATE assets, parts")
        await publish(js, [stories.ingested("late")])
        await folded(database, js)
    rebuilt = await rows(database)
    assert [row for row in rebuilt["assets"] if row["asset_id"] != "late"] == grown["assets"]
    assert rebuilt["parts"] == grown["parts"]


async def test_two_projectors_do_no_harm_to_each_other(
    database: asyncpg.Connection, js: JetStreamContext, settings: Settings
) -> None:
    one, other = (app.build(settings).app.start_lifespan_context() for _ in range(2))
    async with one, other:
        await publish(js, several_lives())
        await folded(database, js)
    together = await rows(database)
    await renew_tables(database)
    async with projecting(settings, js):
        await folded(database, js)
    assert await rows(database) == together


async def test_a_projector_that_lost_the_race_writes_nothing(
    database: asyncpg.Connection, js: JetStreamContext, settings: Settings
) -> None:
    await publish(js, [stories.ingested("a"), stories.ingested("b")])
    async with projecting(settings, js):
        await folded(database, js)
    before = await rows(database)
    late = log.Entry(sequence=3, at=before["assets"][0]["created_at"], fact=stories.ingested("c"))
    with pytest.raises(Transient) as fenced:
        await tables.apply(database, 1, [late])
    assert fenced.value.code == "fenced"
    assert await rows(database) == before


async def test_what_does_not_decode_is_skipped_and_counted(
    database: asyncpg.Connection, js: JetStreamContext, settings: Settings
) -> None:
    await publish(js, [stories.ingested("a")])
    await js.publish("media.v1.asset.probed.a.asset", b'{"type": "asset.probed"}')
    await js.publish("media.v1.asset.probed.a.asset", b"\xff")
    await publish(js, [stories.probed("a")])
    async with projecting(settings, js):
        await folded(database, js)
    assert await database.fetchval("SELECT skipped FROM checkpoint") == 2
    view = await view_of(database, "a")
    assert view is not None
    assert view.probe == stories.probed("a").probe


async def test_tables_of_another_log_are_folded_anew(
    database: asyncpg.Connection, js: JetStreamContext, settings: Settings
) -> None:
    await publish(js, [stories.ingested("a")])
    await database.execute("UPDATE checkpoint SET sequence = 1000")
    async with projecting(settings, js):
        await folded(database, js)
    assert await view_of(database, "a") is not None


async def test_the_catalog_goes_on_after_its_database_connection_is_cut(
    database: asyncpg.Connection, js: JetStreamContext, settings: Settings
) -> None:
    async with app.build(settings).app.start_lifespan_context():
        await publish(js, [stories.ingested("before")])
        await seen(database, "before")
        await database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        await publish(js, [stories.ingested("after")])
        await seen(database, "after")


async def test_the_catalog_goes_on_after_its_consumer_is_lost(
    database: asyncpg.Connection, js: JetStreamContext, settings: Settings
) -> None:
    async with app.build(settings).app.start_lifespan_context():
        await publish(js, [stories.ingested("before")])
        await seen(database, "before")
        for consumer in await js.consumers_info("MEDIA"):
            if consumer.config.durable_name is None:
                await js.delete_consumer("MEDIA", consumer.name)
        await publish(js, [stories.ingested("after")])
        await seen(database, "after")
