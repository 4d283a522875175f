"""Words in titles and in what is said lead to assets: to all of them, in order, and past no others."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import product

import asyncpg
import msgspec
import pytest

from services.catalog.view import AssetView
from services.gateway.catalog import Catalog
from services.gateway.database import Database
from services.gateway.search import Look, Search, looks_of, texts_of
from services.gateway.view import Position
from services.runtime.settings import Settings
from tests.projection import renew_tables

ASSETS = 1500
PAGE = 60
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

_ASSETS = """
    INSERT INTO assets (asset_id, tenant, name, state, created_at, updated_at, view, title)
    SELECT asset_id, tenant, 'clip.mp4', CASE WHEN n % 7 = 0 THEN 'deleted' ELSE 'ready' END, at, at,
           $2::jsonb || jsonb_build_object('asset_id', asset_id, 'tenant', tenant, 'created_at', at),
           CASE WHEN n % 50 = 1 THEN 'told seldom' ELSE 'title' || n END
    FROM generate_series(1, $1::int) AS n, LATERAL (
        SELECT 'a' || n AS asset_id, CASE WHEN n % 10 = 9 THEN 't2' ELSE 't1' END AS tenant,
               $3::timestamptz + n / 2 * interval '1 minute' AS at
    ) AS own
"""
_CAPTIONS = """
    INSERT INTO captions (asset_id, track, tenant, version, vtt_key, indexed)
    SELECT asset_id, track, tenant, 1, '', 1 FROM assets, unnest(ARRAY['speech-1', 'upload-de']) AS track
"""
_PASSAGES = """
    INSERT INTO passages (asset_id, track, number, tenant, words, created_at)
    SELECT asset_id, track, 0, tenant, to_tsvector('simple', concat_ws(' ', 'common',
           CASE WHEN n <= $1::int / 2 THEN 'old' END, CASE WHEN n % 100 = 0 THEN 'rare' END,
           CASE WHEN n % 100 = 50 THEN 'incomprehensible' END, CASE WHEN n % 4 = 0 THEN 'incompressible' END)),
           created_at
    FROM captions JOIN assets USING (asset_id, tenant), LATERAL (SELECT substr(asset_id, 2)::int AS n) AS own
"""
_EXPECTED = """
    SELECT asset_id FROM assets a WHERE tenant = 't1' AND (state = 'deleted') = $1 AND (
        words @@ to_tsquery('simple', $2)
        OR EXISTS (SELECT FROM passages p WHERE p.asset_id = a.asset_id AND p.words @@ to_tsquery('simple', $2))
    ) ORDER BY created_at DESC, asset_id DESC
"""
_READ = """
    SELECT sum(seq_scan)::int AS whole, sum(idx_tup_fetch)::int AS rows
    FROM pg_stat_xact_user_tables WHERE relname IN ('assets', 'passages')
"""


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Fill a catalog: all say `common`, the older half `old`, of every hundred one `rare`, each in two text tracks."""
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await renew_tables(connection)
    view = AssetView(asset_id="", tenant="", created_at=NOON, updated_at=NOON, state="ready")
    await connection.execute(_ASSETS, ASSETS, msgspec.json.encode(view).decode(), NOON)
    await connection.execute(_CAPTIONS)
    await connection.execute(_PASSAGES, ASSETS)
    for table in ("assets", "captions", "passages"):
        await connection.execute(f"VACUUM ANALYZE {table}")
    yield connection
    await renew_tables(connection)
    await connection.close()


TEXTS = ("common", "old", "rare", "inco", "incompre", "incomprehens", "told", "rar common", "title12", "never")


async def test_paging_gives_every_asset_that_has_the_words_once_and_in_order(
    settings: Settings, database: asyncpg.Connection
) -> None:
    async with asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool:
        catalog = Catalog(Database(pool))
        for text, is_deleted in product(TEXTS, (False, True)):
            rows = await database.fetch(_EXPECTED, is_deleted, texts_of(text)[1])
            assert bool(rows) == (text != "never")
            search, after = Search(text=text, state="deleted" if is_deleted else None), None
            found: list[str] = []
            while page := await catalog.newest("t1", PAGE, search, after):
                found += [row.view.asset_id for row in page]
                after = Position(page[-1].view.created_at, page[-1].view.asset_id)
            assert found == [row["asset_id"] for row in rows], (text, is_deleted)


def looks(text: str, after: Position | None = None) -> list[Look]:
    return looks_of("SELECT a.asset_id", "t1", Search(text=text), after, PAGE)


async def rows_read(database: asyncpg.Connection, look: Look) -> tuple[int, int]:
    """Return how many assets a look finds, and how many rows it reads for that; none of it is a whole table."""
    async with database.transaction():
        (before,) = await database.fetch(_READ)
        found = await database.fetch(look.query, *look.values)
        (after,) = await database.fetch(_READ)
    assert after["whole"] == before["whole"]
    return len(found), after["rows"] - before["rows"]


async def test_a_word_that_all_have_is_found_without_a_look_at_them_all(database: asyncpg.Connection) -> None:
    for after in (None, Position(datetime(2026, 1, 1, 20, tzinfo=UTC), "a1")):
        among_newest, _ = looks("common", after)
        found, read = await rows_read(database, among_newest)
        assert found == PAGE
        # Some are deleted, or another tenant's; of each that is looked at, one text track is.
        assert read < 4 * PAGE


async def test_a_rare_word_leads_to_those_few_that_have_it(database: asyncpg.Connection) -> None:
    *_, by_index = looks("rare")
    found, read = await rows_read(database, by_index)
    assert 10 <= found < PAGE
    # Two text tracks lead to each; then it is looked at, with its deleted like.
    assert read <= 5 * ASSETS // 100


async def test_where_many_have_a_word_but_none_of_the_newest_each_is_looked_up_once(
    database: asyncpg.Connection,
) -> None:
    among_newest, by_index = looks("old")
    found, read = await rows_read(database, among_newest)
    assert (found, read < 4 * 250) == (0, True)
    found, read = await rows_read(database, by_index)
    assert found == PAGE
    assert read < 2 * ASSETS // 2 + 4 * PAGE


async def test_statistics_of_what_is_said_are_not_gathered_for_each_beginning(database: asyncpg.Connection) -> None:
    gathered = await database.fetchval("SELECT count(*) FROM pg_stats WHERE tablename = 'passages_with_words'")
    assert gathered == 0
