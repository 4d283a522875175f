"""Finding, describing, deleting and retrying assets over HTTP, with a catalog that folds the real log."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, cast

import asyncpg
import httpx
import pytest
from msgspec.structs import replace
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from contracts.codec import decode
from contracts.estimates import estimate_subject
from contracts.v1 import AnyFact, AssetDeleted, AssetDescribed, AssetPurged, AssetRestored, AssetRetried
from services.catalog import tables
from services.catalog.log import Entry
from services.gateway import facts as gateway_facts
from services.gateway.catalog import Catalog
from services.gateway.facts import Facts
from services.gateway.search import Search, looks_of
from services.gateway.view import Position
from services.runtime.edits import new_edit
from services.runtime.errors import Stale
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests import stories
from tests.asking import asking, bearer, following, key_of
from tests.projection import folded, publish, renew_tables

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DESCRIBED: dict[str, Any] = {
    "title": "Bees",
    "description": "two\nlines",
    "metadata": {"k": "v"},
    "tags": ["a", "b"],
    "category": "c",
}


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await renew_tables(connection)
    yield connection
    await connection.close()


@pytest.fixture
async def http(
    clean_streams: None, settings: Settings, database: asyncpg.Connection, store: Store, nc: Client
) -> AsyncIterator[httpx.AsyncClient]:
    async with following(settings, database, store, nc) as client:
        yield client


async def tell(js: JetStreamContext, database: asyncpg.Connection, *facts: AnyFact) -> None:
    await publish(js, facts)
    await folded(database, js)


async def fold(database: asyncpg.Connection, facts: list[AnyFact]) -> None:
    """Fill the tables without a log, a second between the facts."""
    entries = [Entry(number, NOON + timedelta(seconds=number), fact) for number, fact in enumerate(facts, start=1)]
    await tables.apply(database, 0, entries)


async def last_fact(js: JetStreamContext) -> Any:
    state = (await js.stream_info("MEDIA")).state
    return decode((await js.get_msg("MEDIA", seq=state.last_seq)).data or b"")


@pytest.fixture
async def found(
    settings: Settings, database: asyncpg.Connection, store: Store, nc: Client
) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client over four assets that differ, the oldest first: bees, wasps, gone, theirs."""
    bees, wasps, gone, theirs = (
        replace(stories.awaited(asset_id), title=title, tags=tags, category=category, tenant=tenant, name=name)
        for asset_id, title, tags, category, tenant, name in [
            ("bees", "Ёж и пчёлы", ["forest", "bees"], "nature", "default", "hedge_hog-and.bees.mov"),
            ("wasps", "Wasps' 100% nest", ["forest"], "films", "default", "x.mp4"),
            ("gone", "Bees", ["bees"], "nature", "default", "x.mp4"),
            ("theirs", "Bees", ["bees"], "nature", "other", "x.mp4"),
        ]
    )
    purge_at = NOON + timedelta(days=30)
    await fold(
        database,
        [
            bees,
            *stories.life_of("bees", bees.name)[:2],
            wasps,
            gone,
            AssetDeleted(asset_id="gone", edit="e", purge_at=purge_at),
            theirs,
        ],
    )
    key = await key_of(database, "default", "read")
    async with (
        asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool,
        asking(settings, pool, store, nc, key) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({}, ["wasps", "bees"]),
        ({"state": "deleted"}, ["gone"]),
        ({"state": "waiting"}, ["wasps"]),
        ({"kind": "video"}, ["bees"]),
        ({"kind": "audio"}, []),
        ({"tag": "forest"}, ["wasps", "bees"]),
        ({"tag": ["forest", "bees"]}, ["bees"]),
        ({"tag": "fores"}, []),
        ({"category": "films"}, ["wasps"]),
        ({"created_from": "2026-01-01T12:00:03Z"}, ["wasps"]),
        ({"created_before": "2026-01-01T12:00:02"}, ["bees"]),
        ({"created_from": "2026-01-01T13:00:02+01:00", "created_before": "2026-01-01T12:00:05Z"}, ["wasps"]),
        ({"q": "пчёл"}, ["bees"]),
        ({"q": "HEDGE hog bee"}, ["bees"]),
        ({"q": "nest wasps"}, ["wasps"]),
        ({"q": "100%"}, ["wasps"]),
        ({"q": "nest' | bees:*"}, []),
        ({"q": "est"}, []),
        ({"q": "hedgehogs"}, []),
        ({"q": "bees", "state": "deleted"}, ["gone"]),
        ({"tag": "forest", "limit": 1}, ["wasps"]),
    ],
    ids=str,
)
async def test_a_list_holds_what_was_asked_for_and_nothing_of_others(
    found: httpx.AsyncClient, asked: dict[str, Any], ids: list[str]
) -> None:
    answer = await found.get("/v1/assets", params=asked)
    assert answer.status_code == 200, answer.text
    assert [asset["asset_id"] for asset in answer.json()["assets"]] == ids


async def test_a_filtered_list_goes_on_where_its_page_ended(found: httpx.AsyncClient) -> None:
    first = (await found.get("/v1/assets", params={"tag": "forest", "limit": 1})).json()
    second = (
        await found.get("/v1/assets", params={"tag": "forest", "limit": 1, "cursor": first["next_cursor"]})
    ).json()
    assert [asset["asset_id"] for asset in second["assets"]] == ["bees"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "%$"}, {"tag": "a\0"}, {"category": "\0"}, {"created_from": "yesterday"}, {"created_from": "0.5"},
        {"created_from": "0001-01-01T00:00:00+14:00"}, {"created_before": "9999-12-31T23:59:59-14:00"},
    ],
)  # fmt: skip
async def test_a_search_that_cannot_be_is_a_wrong_request(found: httpx.AsyncClient, asked: dict[str, str]) -> None:
    assert (await found.get("/v1/assets", params=asked)).status_code == 400


SEARCHES = [
    Search(),
    Search(state="ready"),
    Search(state="deleted"),
    Search(kind="video"),
    Search(category="c7"),
    Search(tags=["t7"]),
    Search(text="title7"),
    Search(created_from=NOON, created_before=NOON + timedelta(hours=1)),
    Search(state="ready", kind="video", category="c7", tags=["t7"], text="title"),
]


async def test_an_operator_lists_one_tenants_assets_or_everybodys(
    found: httpx.AsyncClient, admin_key: str, database: asyncpg.Connection
) -> None:
    operator = bearer(admin_key)

    async def listed(headers: dict[str, str], **asked: str) -> list[tuple[str, str]] | str:
        answer = (await found.get("/v1/assets", params=asked, headers=headers)).json()
        return answer.get("code") or [(one["asset_id"], one["tenant"]) for one in answer["assets"]]

    everybodys = [("theirs", "other"), ("wasps", "default"), ("bees", "default")]
    assert await listed(operator, tenant="*") == everybodys
    assert await listed(operator, tenant="other") == everybodys[:1]
    assert await listed(operator, tenant="*", state="deleted") == [("gone", "default")]
    assert await listed(operator, tenant="*", tag="bees") == [("theirs", "other"), ("bees", "default")]
    assert await listed(operator, tenant="*", q="bees") == await listed(operator, tenant="*", category="c")
    assert await listed(operator, tenant="*", q="bees") == "tenant_needed"
    assert await listed(operator, tenant="other", q="bees") == everybodys[:1]
    own = bearer(await key_of(database, "default", "admin"))
    assert await listed(own, tenant="default") == everybodys[1:]
    for tenant in ("*", "other"):
        assert await listed(own, tenant=tenant) == "tenant_not_yours"


async def test_no_list_reads_the_whole_table(database: asyncpg.Connection) -> None:
    await database.execute(
        """
        INSERT INTO assets (asset_id, tenant, name, state, created_at, updated_at, view, kind, title, tags, category)
        SELECT 'a' || n, 't' || n % 3, 'clip.mp4', (ARRAY['ready', 'failed', 'deleted'])[1 + n % 3],
               $1::timestamptz + n * interval '1 minute', now(), '{}', (ARRAY['video', 'audio'])[1 + n % 2],
               'title' || n % 50, ARRAY['t' || n % 40, 'u' || n % 3], 'c' || n % 20
        FROM generate_series(1, 4000) AS n
        """,
        NOON,
    )
    await database.execute("ANALYZE assets")
    for search in SEARCHES:
        tenants = ("t1",) if search.text or search.category or search.tags else ("t1", None)
        for tenant, after in product(tenants, (None, Position(NOON + timedelta(days=1), "a1"))):
            for look in looks_of("SELECT a.view", tenant, search, after, 51):
                plan = await database.fetchval(f"EXPLAIN (FORMAT JSON) {look.query}", *look.values)
                assert "Seq Scan" not in plan, search


async def test_an_asset_that_did_not_change_is_not_sent_again(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    await tell(js, database, stories.ingested("a"))
    first = await http.get("/v1/assets/a")
    same = await http.get("/v1/assets/a", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    await tell(js, database, stories.probed("a"))
    changed = await http.get("/v1/assets/a", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_an_asset_that_is_made_says_where_its_work_waits_each_time_it_is_asked(
    http: httpx.AsyncClient, js: JetStreamContext, nc: Client, database: asyncpg.Connection
) -> None:
    lane = {"lane": "encode_bulk", "position": 7, "waiting": 2}
    asked: list[str] = []

    async def answer(message: Msg) -> None:
        asked.append(message.subject)
        await message.respond(json.dumps({"lanes": [lane], "ready_in_s": 75.5}).encode())

    await tell(js, database, *stories.life_of("a")[:3])
    silent = await http.get("/v1/assets/a")
    assert (silent.status_code, silent.json()["estimate"]) == (200, None)
    subscription = await nc.subscribe(estimate_subject(), cb=answer)
    for headers in ({}, {"If-None-Match": silent.headers["etag"]}):
        told = await http.get("/v1/assets/a", headers=headers)
        assert told.json()["estimate"] == {"lanes": [lane], "ready_in_s": 75.5}
    await tell(js, database, *stories.life_of("a")[3:])
    ready = (await http.get("/v1/assets/a")).json()
    assert (ready["state"], ready["estimate"]) == ("ready", None)
    assert asked == [estimate_subject("default", "a")] * 2
    await subscription.unsubscribe()


async def test_a_change_is_read_back_at_once_and_leaves_the_rest(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    await tell(js, database, stories.awaited("a"), stories.ingested("a"))
    answer = await http.patch("/v1/assets/a", json={"title": "Bees", "tags": ["x", "x", "y"]})
    asset = answer.json()
    assert answer.status_code == 200
    assert (asset["title"], asset["tags"]) == ("Bees", ["x", "y"])
    assert (asset["description"], asset["category"]) == ("Twelve seconds.", "films")
    assert (await http.get("/v1/assets/a")).json() == asset
    assert (await http.patch("/v1/assets/a", json=DESCRIBED)).json().items() >= DESCRIBED.items()


async def test_a_change_of_what_was_changed_meanwhile_is_refused(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    await tell(js, database, stories.ingested("a"))
    seen = (await http.get("/v1/assets/a")).headers["etag"]
    mine = await http.patch("/v1/assets/a", json={"title": "mine"}, headers={"If-Match": seen})
    late = await http.patch("/v1/assets/a", json={"title": "late"}, headers={"If-Match": seen})
    assert (mine.status_code, late.status_code, late.json()["code"]) == (200, 412, "precondition_failed")
    again = await http.patch("/v1/assets/a", json={"category": "c"}, headers={"If-Match": mine.headers["etag"]})
    assert (again.status_code, again.json()["title"]) == (200, "mine")


async def test_what_the_catalog_does_not_hold_yet_was_changed_too(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_facts, "PATIENCE_S", 0.2)
    await tell(js, database, stories.ingested("a"))
    seen = {"If-Match": (await http.get("/v1/assets/a")).headers["etag"]}
    theirs = AssetDescribed(asset_id="a", edit=new_edit(), **DESCRIBED)
    async with database.transaction():
        # The projector waits for this row.
        await database.execute("SELECT 1 FROM checkpoint FOR UPDATE")
        await publish(js, [theirs])
        early = await http.patch("/v1/assets/a", json={"title": "mine"}, headers=seen)
    await folded(database, js)
    late = await http.patch("/v1/assets/a", json={"title": "mine"}, headers=seen)
    assert (early.status_code, early.json()["code"]) == (503, "catalog_late")
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert await last_fact(js) == theirs


async def test_of_changes_at_the_same_time_none_is_lost(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    await tell(js, database, stories.ingested("a"))
    changes = [{name: DESCRIBED[name]} for name in ("title", "description", "category")]
    answers = await asyncio.gather(*(http.patch("/v1/assets/a", json=change) for change in changes))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    asset = (await http.get("/v1/assets/a")).json()
    assert all(asset.items() >= change.items() for change in changes)


async def test_what_was_said_before_a_purge_is_not_said_again(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    await tell(js, database, stories.ingested("a"))
    await http.patch("/v1/assets/a", json=DESCRIBED)
    again = replace(stories.ingested("a"), attempt=1)
    await tell(js, database, AssetPurged(asset_id="a", objects=1, attempt=1), again)
    answers = [await http.patch("/v1/assets/a", json=change) for change in ({"category": "new"}, {"title": "New"})]
    assert [answer.status_code for answer in answers] == [200, 200]
    wanted = {"title": "New", "description": "", "metadata": {}, "tags": [], "category": "new"}
    assert answers[-1].json().items() >= wanted.items()


@pytest.mark.parametrize(
    "wrong",
    [{"title": "x" * 256}, {"tags": [""]}, {"tags": "x"}, {"owner": "me"}, {"title": "\0"}, {"metadata": {"k": 1}}],
)
async def test_a_description_that_cannot_be_is_a_wrong_request(http: httpx.AsyncClient, wrong: object) -> None:
    answer = await http.patch("/v1/assets/a", json=wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid")


async def test_a_request_without_its_body_is_told_so(http: httpx.AsyncClient) -> None:
    answer = await http.patch("/v1/assets/a")
    assert (answer.status_code, [problem["field"] for problem in answer.json()["errors"]]) == (400, ["body"])


async def test_a_deleted_asset_plays_nowhere_until_it_is_restored(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    await tell(js, database, *stories.life_of("a"))
    before = (await http.get("/v1/assets/a")).json()
    deleted = (await http.delete("/v1/assets/a")).json()
    assert (deleted["state"], set(deleted["playback"].values())) == ("deleted", {None, "public"})
    days = datetime.fromisoformat(deleted["purge_at"]) - datetime.fromisoformat(deleted["deleted_at"])
    assert days.days in {29, 30}
    assert (await http.get("/v1/assets")).json()["assets"] == []
    assert (await http.delete("/v1/assets/a")).json() == deleted
    assert (await http.post("/v1/assets/a/retry", json={})).json()["code"] == "asset_deleted"
    restored = await http.post("/v1/assets/a/restore")
    assert restored.status_code == 200
    assert restored.json() | {"updated_at": ""} == before | {"updated_at": ""}
    assert (await http.post("/v1/assets/a/restore")).json() == restored.json()


async def test_only_an_administrator_purges_and_what_is_purged_is_not_restored(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    await tell(js, database, *stories.life_of("a"))
    refused = await http.delete("/v1/assets/a?purge=true")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    admin = bearer(await key_of(database, "default", "admin"))
    await http.delete("/v1/assets/a")
    purged = await http.delete("/v1/assets/a?purge=true", headers=admin)
    assert purged.json()["purge_at"] <= datetime.now(UTC).isoformat()
    late = await http.post("/v1/assets/a/restore")
    assert (late.status_code, late.json()["code"]) == (409, "asset_purging")


async def test_deletions_purges_and_returns_are_audited_one_by_one_and_in_batches(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    asset_id = f"a{secrets.token_hex(6)}"
    await tell(js, database, *stories.life_of(asset_id))
    admin = bearer(await key_of(database, "default", "admin"))
    path = f"/v1/assets/{asset_id}"
    # What is done already is not done again.
    for _ in range(2):
        await http.delete(path)
        await folded(database, js)
    await http.post(f"{path}/restore")
    await folded(database, js)
    for asked in ({"action": "delete"}, {"action": "restore"}):
        await http.post("/v1/assets/batch", json=asked | {"asset_ids": [asset_id]})
        await folded(database, js)
    await http.delete(path, params={"purge": True}, headers=admin)
    acts = (await http.get("/v1/audit", headers=admin)).json()["entries"]
    told = [act for act in reversed(acts) if act["target"] == asset_id]
    assert [act["action"].removeprefix("asset.") for act in told] == [
        "deleted", "restored", "deleted", "restored", "purged",
    ]  # fmt: skip
    assert told[0]["subject"] != told[-1]["subject"] == admin["Authorization"].split()[1].rpartition("_")[0]


async def test_what_the_catalog_does_not_know_to_be_deleted_for_good_is_not_restored(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_facts, "PATIENCE_S", 0.2)
    await tell(js, database, *stories.life_of("a"))
    await http.delete("/v1/assets/a")
    await folded(database, js)
    for_good = AssetDeleted(asset_id="a", edit=new_edit(), purge_at=datetime.now(UTC))
    async with database.transaction():
        # The projector waits for this row.
        await database.execute("SELECT 1 FROM checkpoint FOR UPDATE")
        await publish(js, [for_good])
        early = await http.post("/v1/assets/a/restore")
    assert (early.status_code, early.json()["code"]) == (503, "catalog_late")
    assert await last_fact(js) == for_good
    facts = Facts(js, cast("Catalog", None))
    with pytest.raises(Stale):
        await facts.state(AssetRestored(asset_id="a", edit=new_edit()), after=1, among=AssetDeleted.subject_filter("a"))


async def test_a_retry_counts_and_clears_what_went_wrong(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    await tell(js, database, stories.ingested("a"), stories.failed("a"))
    failed = (await http.get("/v1/assets/a")).json()
    assert (failed["state"], failed["attempts"], failed["last_error"]["code"]) == ("failed", 1, "not_media")
    early = await http.post("/v1/assets/a/retry", json={"step": "encode"})
    assert (early.status_code, early.json()["code"]) == (409, "step_not_reached")
    answer = await http.post("/v1/assets/a/retry", json={})
    asset = answer.json()
    assert (answer.status_code, asset["state"], asset["attempts"], asset["last_error"]) == (202, "processing", 2, None)
    stated = await last_fact(js)
    assert isinstance(stated, AssetRetried)
    assert (stated.step, stated.attempt) == ("probe", 1)


async def test_a_file_that_has_not_come_cannot_be_retried(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    await tell(js, database, stories.awaited("a"))
    assert (await http.post("/v1/assets/a/retry", json={})).json()["code"] == "asset_waiting"


async def test_whoever_deletes_what_has_not_come_ends_its_upload(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection
) -> None:
    upload = (await http.post("/v1/uploads", json={"name": "a", "size_bytes": 1})).json()
    await folded(database, js)
    deleted = await http.delete(f"/v1/assets/{upload['asset_id']}")
    assert (deleted.status_code, deleted.json()["state"]) == (200, "deleted")
    assert (await http.get(f"/v1/uploads/{upload['upload_id']}")).json()["state"] == "aborted"
    await folded(database, js)
    assert (await http.get(f"/v1/assets/{upload['asset_id']}")).status_code == 404


WRITES: list[tuple[str, str, object]] = [
    ("PATCH", "/v1/assets/a", {}),
    ("DELETE", "/v1/assets/a", None),
    ("POST", "/v1/assets/a/restore", None),
    ("POST", "/v1/assets/a/retry", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
async def test_an_asset_of_others_is_one_that_does_not_exist(
    http: httpx.AsyncClient, js: JetStreamContext, database: asyncpg.Connection, method: str, path: str, body: object
) -> None:
    await tell(js, database, *stories.life_of("a"))
    stranger = bearer(await key_of(database, "others", "admin"))
    answer = await http.request(method, path, json=body, headers=stranger)
    assert (answer.status_code, answer.json()["code"]) == (404, "asset_missing")
    reader = bearer(await key_of(database, "default", "read"))
    refused = await http.request(method, path, json=body, headers=reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
