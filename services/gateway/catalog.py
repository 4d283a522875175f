"""Queries on the catalog's tables, of one tenant but for the operator's; see ``infra/postgres/migrations``."""

import hashlib

import asyncpg
import msgspec

from services.gateway.caption_documents import MOST_MATCHES, Match
from services.gateway.database import Database
from services.gateway.search import Search, looks_of, texts_of
from services.gateway.view import AssetView, CatalogRow, Position

_COLUMNS = """
    SELECT a.view, CASE WHEN a.state = 'ready' THEN 0 ELSE (
        SELECT count(*) FROM parts p
        WHERE p.asset_id = a.asset_id AND p.recipe = coalesce(a.view->'retry'->>'recipe', a.view->>'recipe')
    ) END AS parts
"""
_ONE = f"{_COLUMNS} FROM assets a WHERE a.tenant = $1 AND a.asset_id = $2"
_ANY = f"{_COLUMNS} FROM assets a WHERE a.asset_id = $1"
_CHECKPOINT = "SELECT sequence FROM checkpoint WHERE log = 'MEDIA'"


# The cues with all words come first; where the words are far apart, those with some.
_CUES = f"""
    SELECT c.start_s, c.end_s, c.said, c.number FROM cues c
    WHERE c.asset_id = found.asset_id AND c.track = found.track AND {{}}
    ORDER BY c.number LIMIT {MOST_MATCHES}
"""  # noqa: S608 (our own number)
_EVERY, _SOME = "c.words @@ to_tsquery('simple', $2)", "c.words @@ to_tsquery('simple', $3)"
_MATCHES = f"""
    SELECT found.asset_id, found.track, said.start_s, said.end_s, said.said FROM (
        SELECT DISTINCT p.asset_id, p.track FROM passages p
        WHERE p.asset_id = ANY($1::text[]) AND {_EVERY.replace("c.", "p.")}
    ) AS found CROSS JOIN LATERAL (
        SELECT true AS whole, own.* FROM ({_CUES.format(_EVERY)}) AS own
        UNION ALL
        SELECT false, own.* FROM ({_CUES.format(f"{_SOME} AND NOT {_EVERY}")}) AS own
        LIMIT {MOST_MATCHES}
    ) AS said ORDER BY found.asset_id, said.whole DESC, said.start_s, found.track
"""  # noqa: S608 (our own text)


class Catalog:
    """Reads assets."""

    def __init__(self, database: Database) -> None:
        """Use a database."""
        self._database = database

    async def asset(self, tenant: str, asset_id: str) -> CatalogRow | None:
        """Return one asset, or None when the tenant has none of this id.

        Raises: Transient: ``database_unavailable``.
        """
        row = await self._database.row(_ONE, tenant, asset_id)
        return _row(row) if row else None

    async def played(self, asset_id: str) -> CatalogRow | None:
        """Return one asset of whatever tenant, for players, who are of none.

        Raises: Transient: ``database_unavailable``.
        """
        row = await self._database.row(_ANY, asset_id)
        return _row(row) if row else None

    async def newest(self, tenant: str | None, limit: int, search: Search, after: Position | None) -> list[CatalogRow]:
        """Return up to ``limit`` assets that a search finds, newest first, that come after a position.

        None is every tenant. Raises: Refused: as ``looks_of``. Transient: ``database_unavailable``.
        """
        rows: list[asyncpg.Record] = []
        for look in looks_of(_COLUMNS, tenant, search, after, int(limit)):
            fetch = self._database.fetch_planned if look.is_uneven else self._database.fetch
            rows = await fetch(look.query, *look.values)
            if len(rows) == limit:
                break
        return [_row(row) for row in rows]

    async def matches(self, rows: list[CatalogRow], text: str | None) -> dict[str, list[Match]]:
        """Return where in assets a text is said, the first few places of each that says it, in order of time.

        Raises: Refused: ``search_without_words``. Transient: ``database_unavailable``.
        """
        asset_ids = [row.view.asset_id for row in rows if row.view.deleted_at is None]
        if not text or not asset_ids:
            return {}
        _, every, some = texts_of(text)
        found: dict[str, list[Match]] = {}
        for row in await self._database.fetch(_MATCHES, asset_ids, every, some):
            match = Match(track=row["track"], start_s=row["start_s"], end_s=row["end_s"], text=row["said"])
            own = found.setdefault(row["asset_id"], [])
            if len(own) < MOST_MATCHES:
                own.append(match)
        return {asset_id: sorted(own, key=lambda match: match.start_s) for asset_id, own in found.items()}

    async def checkpoint(self) -> int:
        """Return the sequence of the last fact that the catalog holds.

        Raises: Transient: ``database_unavailable``.
        """
        row = await self._database.row(_CHECKPOINT)
        return int(row["sequence"]) if row else 0

    async def check(self) -> None:
        """Ask the database for an answer.

        Raises: Transient: ``database_unavailable``.
        """
        await self._database.fetch("SELECT 1")


def _row(row: asyncpg.Record) -> CatalogRow:
    etag = hashlib.sha256(f"{row['parts']}{row['view']}".encode()).hexdigest()[:20]
    return CatalogRow(msgspec.json.decode(row["view"], type=AssetView), row["parts"], etag)
