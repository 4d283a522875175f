"""Versions on the real log, store and catalog: chosen, retired and removed, whoever is faster and whatever dies."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from msgspec.structs import replace
from nats.aio.client import Client
from nats.js import JetStreamContext

from contracts.codec import decode
from contracts.v1 import (
    AnyFact,
    AssetDeleted,
    AssetRestored,
    Fact,
    QualityMeasured,
    Receipt,
    VersionChosen,
    VersionRemoved,
    VersionRetired,
    facts_of,
    versions_of,
)
from services.gateway.facts import Facts
from services.runtime.errors import Transient
from services.runtime.log import FactLog
from services.runtime.publish import Publisher
from services.runtime.settings import Settings
from services.runtime.store import Store
from services.withdraw.handler import keep_withdrawn
from services.withdraw.remove import remove_version
from services.withdraw.retire import retire_once
from tests import stories
from tests.asking import following
from tests.projection import folded, projecting, publish, renew_tables

pytestmark = pytest.mark.usefixtures("clean_streams")

ONE, TWO = stories.RECIPE, "222222222222"
NAMES = ("index.m3u8", "video/720p/init.mp4", "video/720p/00000.m4s", "thumbnails/poster.jpg", "downloads/720p.mp4")
AT_ONCE = timedelta(0)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await renew_tables(connection)
    yield connection
    await connection.close()


@pytest.fixture
async def http(
    settings: Settings, database: asyncpg.Connection, store: Store, nc: Client
) -> AsyncIterator[httpx.AsyncClient]:
    async with following(settings, database, store, nc) as client:
        yield client


def under(recipe: str, fact: AnyFact) -> AnyFact:
    keys = {
        name: getattr(fact, name).replace(ONE, recipe)
        for name in ("hls_key", "dash_key", "poster_key", "storyboard_key")
        if hasattr(fact, name)
    }
    return replace(fact, recipe=recipe, **keys)


def made_twice(asset_id: str) -> list[AnyFact]:
    """Return the life of an asset that was made, and made again under another recipe."""
    life = stories.life_of(asset_id)
    return [*life, *(under(TWO, fact) for fact in life[2:])]


async def put_objects(store: Store, asset_id: str) -> None:
    for recipe in (ONE, TWO):
        for name in NAMES:
            await store.put(f"assets/{asset_id}/{recipe}/{name}", b"x", content_type="text/plain")


async def lying(store: Store, asset_id: str, recipe: str) -> set[str]:
    prefixes = [f"{root}assets/{asset_id}/{recipe}/" for root in ("", "deleted/")]
    return {found.key.removeprefix(prefix) for prefix in prefixes async for found in store.list(prefix)}


async def retire_now(database: asyncpg.Connection, js: JetStreamContext) -> None:
    await retire_once(database, FactLog(js), Publisher(js), AT_ONCE)


async def stated(js: JetStreamContext, asset_id: str) -> list[Fact]:
    return await FactLog(js).facts(asset_id, VersionChosen, VersionRetired, VersionRemoved)


async def state_of(http: httpx.AsyncClient, asset_id: str) -> dict[str, str]:
    versions = (await http.get(f"/v1/assets/{asset_id}/versions")).json()["versions"]
    return {version["recipe"]: version["state"] for version in versions}


async def test_one_call_goes_back_and_another_forward(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    receipt = Receipt(rendition="video/720p", bitrate_bps=7)
    measured = QualityMeasured(asset_id="a", recipe=ONE, receipts=[receipt])
    await publish(js, [*made_twice("a"), stories.downloadable("a", "q"), measured])
    await folded(database, js)
    second = (await http.get("/v1/assets/a")).json()
    assert await state_of(http, "a") == {TWO: "current", ONE: "kept"}
    assert (second["downloads"], second["renditions"][0]["receipt"]) == ([], None)

    back = await http.post(f"/v1/assets/a/versions/{ONE}/activate")
    assert (back.status_code, back.json()["state"]) == (200, "ready")
    links = [back.json()["playback"][name] for name in ("hls", "dash", "poster", "storyboard")]
    assert all(f"/assets/a/{ONE}/" in link for link in links)
    assert [made["rung"] for made in back.json()["downloads"]] == ["720p"]
    assert back.json()["renditions"][0]["receipt"]["bitrate_bps"] == 7
    assert await state_of(http, "a") == {ONE: "current", TWO: "kept"}

    again = await http.post(f"/v1/assets/a/versions/{ONE}/activate")
    assert again.json() == back.json()
    forward = await http.post(f"/v1/assets/a/versions/{TWO}/activate")
    assert forward.json() | {"updated_at": ""} == second | {"updated_at": ""}
    assert [type(fact) for fact in await stated(js, "a")] == [VersionChosen, VersionChosen]
    refused = await http.post("/v1/assets/a/versions/nothing/activate")
    assert (refused.status_code, refused.json()["code"]) == (404, "version_missing")


async def test_what_was_superseded_goes_and_what_is_played_stays(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection, store: Store
) -> None:
    await publish(js, made_twice("a"))
    await put_objects(store, "a")
    await folded(database, js)
    await retire_once(database, FactLog(js), Publisher(js), timedelta(days=7))
    assert await stated(js, "a") == []

    await retire_now(database, js)
    (retired,) = await stated(js, "a")
    assert retired == VersionRetired(asset_id="a", recipe=ONE)
    await folded(database, js)
    assert await state_of(http, "a") == {TWO: "current", ONE: "retired"}
    refused = await http.post(f"/v1/assets/a/versions/{ONE}/activate")
    assert (refused.status_code, refused.json()["code"]) == (409, "version_removed")

    removed = await remove_version(retired, store)
    await publish(js, [removed])
    await folded(database, js)
    assert removed.objects == len(NAMES)
    assert (await lying(store, "a", ONE), await lying(store, "a", TWO)) == (set(), set(NAMES))
    assert await state_of(http, "a") == {TWO: "current", ONE: "removed"}
    await retire_now(database, js)
    assert len(await stated(js, "a")) == 2


async def test_a_removal_that_dies_in_the_middle_is_done_again_harmlessly(store: Store) -> None:
    await put_objects(store, "a")
    retired = VersionRetired(asset_id="a", recipe=ONE)

    class Dying(Store):
        """Deletes two objects, then is away."""

        async def delete(self, keys: Any) -> None:
            await super().delete(keys[:2])
            raise Transient("store_unavailable", "It died.")

    with pytest.raises(Transient):
        await remove_version(retired, Dying(store.bucket, store._client, store._public_client))
    assert len(await lying(store, "a", ONE)) == len(NAMES) - 2
    assert (await remove_version(retired, store)).objects == len(NAMES) - 2
    assert (await lying(store, "a", ONE), await lying(store, "a", TWO)) == (set(), set(NAMES))
    assert (await remove_version(retired, store)).objects == 0


async def test_of_a_choice_and_a_retirement_at_the_same_moment_the_log_takes_one(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    await publish(js, made_twice("first"))
    await publish(js, made_twice("second"))
    await folded(database, js)

    class Racing(Publisher):
        """Lets a person choose just before the retirement of one asset is stated."""

        async def __call__(self, message: Any, headers: Any = None) -> int:
            if message.asset_id == "first":
                answer = await http.post(f"/v1/assets/first/versions/{ONE}/activate")
                assert answer.status_code == 200
            return await super().__call__(message, headers)

    await retire_once(database, FactLog(js), Racing(js), AT_ONCE)
    await folded(database, js)
    assert await state_of(http, "first") == {ONE: "current", TWO: "kept"}
    assert await state_of(http, "second") == {TWO: "current", ONE: "retired"}
    assert [type(fact) for fact in await stated(js, "first")] == [VersionChosen]


async def test_whoever_chooses_what_is_retired_at_that_moment_is_told(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(js, made_twice("a"))
    await folded(database, js)
    retired = VersionRetired(asset_id="a", recipe=ONE)
    state = Facts.state

    async def state_second(facts: Facts, fact: Fact, **how: Any) -> None:
        await Publisher(js)(retired)
        await state(facts, fact, **how)

    monkeypatch.setattr(Facts, "state", state_second)
    answer = await http.post(f"/v1/assets/a/versions/{ONE}/activate")
    assert (answer.status_code, answer.json()["code"]) == (409, "version_removed")
    assert await stated(js, "a") == [retired]


async def test_a_catalog_that_is_behind_retires_nothing(
    js: JetStreamContext, database: asyncpg.Connection, settings: Settings
) -> None:
    await publish(js, made_twice("a"))
    async with projecting(settings, js):
        await folded(database, js)
    await publish(js, [VersionChosen(asset_id="a", edit="e", recipe=ONE)])
    await retire_now(database, js)
    assert [type(fact) for fact in await stated(js, "a")] == [VersionChosen]


async def test_what_late_work_writes_below_a_retired_version_is_swept(js: JetStreamContext, store: Store) -> None:
    await put_objects(store, "late")
    await publish(js, [VersionRetired(asset_id="late", recipe=ONE)])
    await keep_withdrawn(stories.encoded("late", "video-00001"), store, FactLog(js))
    assert (await lying(store, "late", ONE), await lying(store, "late", TWO)) == (set(), set(NAMES))


async def test_a_deleted_asset_comes_back_without_what_was_retired(js: JetStreamContext, store: Store) -> None:
    await put_objects(store, "back")
    log = FactLog(js)
    deleted = AssetDeleted(asset_id="back", edit="e1", purge_at=datetime.now(UTC) + timedelta(days=30))
    await publish(js, [stories.ingested("back"), deleted])
    await keep_withdrawn(deleted, store, log)
    assert await lying(store, "back", ONE) != set()
    restored = AssetRestored(asset_id="back", edit="e2")
    await publish(js, [VersionRetired(asset_id="back", recipe=ONE), restored])
    await keep_withdrawn(restored, store, log)
    assert await lying(store, "back", ONE) == set()
    assert "thumbnails/poster.jpg" in await lying(store, "back", TWO)


async def test_facts_are_found_by_their_filters(js: JetStreamContext) -> None:
    chosen = VersionChosen(asset_id="a", edit="e", recipe=ONE)
    await publish(js, [*stories.life_of("a"), chosen, stories.ingested("b"), stories.failed("a")])
    last = await js.get_last_msg("MEDIA", versions_of("a"))
    assert decode(last.data or b"") == chosen
    assert await FactLog(js).end_of("a") == (await js.get_last_msg("MEDIA", facts_of("a"))).seq == last.seq + 2  # type: ignore[operator]  # the server states it
    assert await FactLog(js).end_of("nobody") == 0
