"""The catalog's tables: views, parts and the checkpoint move together, in one transaction or not at all."""

import asyncpg
import msgspec

from contracts.v1 import ChunkEncoded
from services.catalog.decide import AssetView, fold
from services.catalog.log import Entry
from services.runtime.errors import Transient

_CHECKPOINT = "SELECT sequence FROM checkpoint WHERE log = 'MEDIA'"
_ADVANCE = """
    UPDATE checkpoint SET sequence = $1, skipped = skipped + $2 WHERE log = 'MEDIA' AND sequence = $3
"""
_START_OVER = "UPDATE checkpoint SET sequence = 0, skipped = 0 WHERE log = 'MEDIA'"
_VIEWS = "SELECT view FROM assets WHERE asset_id = ANY($1::text[])"
_PUT_VIEW = """
    INSERT INTO assets (asset_id, tenant, name, state, created_at, updated_at, duration_s, view)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (asset_id) DO UPDATE SET
        tenant = excluded.tenant, name = excluded.name, state = excluded.state, created_at = excluded.created_at,
        updated_at = excluded.updated_at, duration_s = excluded.duration_s, view = excluded.view
"""
_FORGET = "DELETE FROM assets WHERE asset_id = ANY($1::text[])"
_PUT_PART = "INSERT INTO parts (asset_id, recipe, part) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"


async def checkpoint(connection: asyncpg.Connection) -> int:
    """Return the sequence of the last fact that the tables hold; 0 before the first.

    Raises: Transient: ``schema_missing``, when the schema was not applied yet.
    """
    try:
        sequence = await connection.fetchval(_CHECKPOINT)
    except asyncpg.UndefinedTableError as error:
        message = "The database has no tables yet; apply them with `python -m infra.postgres.schema`."
        raise Transient("schema_missing", message) from error
    return int(sequence)


async def start_over(connection: asyncpg.Connection) -> None:
    """Empty the tables, so that the log is folded again from its first fact."""
    async with connection.transaction():
        await connection.execute(_START_OVER)
        await connection.execute("TRUNCATE assets, parts")


async def apply(connection: asyncpg.Connection, after: int, entries: list[Entry]) -> None:
    """Fold the entries that follow the sequence ``after`` into the tables.

    Raises: Transient: ``fenced``, when another projector moved the checkpoint meanwhile; nothing is written then.
    """
    facts = [(entry.fact, entry.at) for entry in entries if entry.fact is not None]
    async with connection.transaction():
        moved = await connection.execute(_ADVANCE, entries[-1].sequence, len(entries) - len(facts), after)
        if moved != "UPDATE 1":
            raise Transient("fenced", f"Another projector, or a rebuild, moved the checkpoint from {after}.")
        folded: dict[str, AssetView | None] = {**await _views(connection, {fact.asset_id for fact, _ in facts})}
        for fact, at in facts:
            folded[fact.asset_id] = fold(folded.get(fact.asset_id), fact, at)
        await connection.executemany(_PUT_VIEW, [_row(view) for view in folded.values() if view is not None])
        await connection.execute(_FORGET, [asset_id for asset_id, view in folded.items() if view is None])
        await connection.executemany(
            _PUT_PART,
            [(fact.asset_id, fact.recipe, fact.part) for fact, _ in facts if isinstance(fact, ChunkEncoded)],
        )


async def _views(connection: asyncpg.Connection, asset_ids: set[str]) -> dict[str, AssetView]:
    rows = await connection.fetch(_VIEWS, list(asset_ids))
    views = [msgspec.json.decode(row["view"], type=AssetView) for row in rows]
    return {view.asset_id: view for view in views}


def _row(view: AssetView) -> tuple[object, ...]:
    return (
        view.asset_id,
        view.tenant,
        view.name,
        view.state,
        view.created_at,
        view.updated_at,
        view.duration_s,
        msgspec.json.encode(view).decode(),
    )
