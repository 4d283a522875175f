"""The catalog's tables: views, parts and the checkpoint move together, in one transaction or not at all."""

from datetime import datetime

import asyncpg
import msgspec

from contracts.v1 import AnyFact, AssetRestored, CaptionsFact, ChunkEncoded
from services.catalog.decide import fold
from services.catalog.log import Entry
from services.catalog.transcripts import CHANNEL
from services.catalog.view import AssetView, collect_from, kind_of
from services.runtime.errors import Transient

_CHECKPOINT = "SELECT sequence FROM checkpoint WHERE log = 'MEDIA'"
_ADVANCE = """
    UPDATE checkpoint SET sequence = $1, skipped = skipped + $2 WHERE log = 'MEDIA' AND sequence = $3
"""
_START_OVER = "UPDATE checkpoint SET sequence = 0, skipped = 0 WHERE log = 'MEDIA'"
_VIEWS = "SELECT view FROM assets WHERE asset_id = ANY($1::text[])"
_COLUMNS = (
    "asset_id", "tenant", "name", "state", "created_at", "updated_at", "duration_s",
    "kind", "title", "tags", "category", "purge_at", "collect_from", "view",
)  # fmt: skip
_PUT_VIEW = f"""
    INSERT INTO assets ({", ".join(_COLUMNS)}) VALUES ({", ".join(f"${n}" for n in range(1, len(_COLUMNS) + 1))})
    ON CONFLICT (asset_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])}
"""  # noqa: S608 (names of our own)
_FORGET = "DELETE FROM assets WHERE asset_id = ANY($1::text[])"
_FORGET_PARTS = "DELETE FROM parts WHERE asset_id = ANY($1::text[])"
_FORGET_TEXTS = "DELETE FROM captions WHERE asset_id = ANY($1::text[])"
_FORGET_TRACKS = """
    DELETE FROM captions WHERE asset_id = ANY($1::text[])
    AND NOT EXISTS (SELECT FROM unnest($2::text[], $3::text[]) AS own (asset_id, track)
                    WHERE (own.asset_id, own.track) = (captions.asset_id, captions.track))
"""
_PUT_TRACK = """
    INSERT INTO captions (asset_id, track, tenant, version, vtt_key) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (asset_id, track) DO UPDATE
    SET tenant = excluded.tenant, version = excluded.version, vtt_key = excluded.vtt_key, look_again = '-infinity'
"""
_TELL = f"NOTIFY {CHANNEL}"
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
        await connection.execute("TRUNCATE assets, parts, captions, cues, passages")


async def apply(connection: asyncpg.Connection, after: int, entries: list[Entry]) -> None:
    """Fold the entries that follow the sequence ``after`` into the tables.

    Raises: Transient: ``fenced``, when another projector moved the checkpoint meanwhile; nothing is written then.
    """
    facts = [(entry.fact, entry.at) for entry in entries if entry.fact is not None]
    async with connection.transaction():
        moved = await connection.execute(_ADVANCE, entries[-1].sequence, len(entries) - len(facts), after)
        if moved != "UPDATE 1":
            raise Transient("fenced", f"Another projector, or a rebuild, moved the checkpoint from {after}.")
        batch = Batch(await _views(connection, {fact.asset_id for fact, _ in facts}))
        for fact, at in facts:
            batch.add(fact, at)
        # What was forgotten in the middle may have begun anew since: first the old goes, then the new comes.
        await connection.execute(_FORGET, list(batch.forgotten))
        await connection.execute(_FORGET_PARTS, list(batch.forgotten))
        await connection.execute(_FORGET_TEXTS, list(batch.forgotten))
        await connection.executemany(_PUT_VIEW, [_row(view) for view in batch.views.values()])
        await connection.executemany(_PUT_PART, list(batch.parts))
        if batch.captioned:
            await _put_tracks(connection, batch)


class Batch:
    """Facts folded in memory: the views and parts that they leave, and which assets were forgotten on the way."""

    def __init__(self, views: dict[str, AssetView]) -> None:
        """Begin with what the tables hold."""
        self.views = views
        self.parts: set[tuple[str, str, str]] = set()
        self.forgotten: set[str] = set()
        self.captioned: set[str] = set()

    def add(self, fact: AnyFact, at: datetime) -> None:
        """Fold one more fact."""
        view = fold(self.views.get(fact.asset_id), fact, at)
        if view is None:
            self.views.pop(fact.asset_id, None)
            self.parts = {part for part in self.parts if part[0] != fact.asset_id}
            self.forgotten.add(fact.asset_id)
            self.captioned.add(fact.asset_id)
            return
        self.views[fact.asset_id] = view
        if isinstance(fact, ChunkEncoded):
            self.parts.add((fact.asset_id, fact.recipe, fact.part))
        if isinstance(fact, CaptionsFact | AssetRestored):
            self.captioned.add(fact.asset_id)


async def _views(connection: asyncpg.Connection, asset_ids: set[str]) -> dict[str, AssetView]:
    rows = await connection.fetch(_VIEWS, list(asset_ids))
    views = [msgspec.json.decode(row["view"], type=AssetView) for row in rows]
    return {view.asset_id: view for view in views}


async def _put_tracks(connection: asyncpg.Connection, batch: Batch) -> None:
    """Write the text tracks that assets have after the batch, and tell whoever reads their text."""
    views = [batch.views[asset_id] for asset_id in batch.captioned & batch.views.keys()]
    tracks = [(view, track) for view in views for track in view.captions if track.version]
    places = [view.asset_id for view, _ in tracks], [track.track for _, track in tracks]
    await connection.execute(_FORGET_TRACKS, list(batch.captioned), *places)
    rows = [(view.asset_id, track.track, view.tenant, track.version, track.vtt_key) for view, track in tracks]
    await connection.executemany(_PUT_TRACK, rows)
    await connection.execute(_TELL)


def _row(view: AssetView) -> tuple[object, ...]:
    extracts = (getattr(view, name) for name in ("title", "tags", "category", "purge_at"))
    return (
        view.asset_id,
        view.tenant,
        view.name,
        view.state if view.deleted_at is None else "deleted",
        view.created_at,
        view.updated_at,
        view.duration_s,
        kind_of(view),
        *extracts,
        collect_from(view),
        msgspec.json.encode(view).decode(),
    )
