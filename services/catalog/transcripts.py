"""The text of the tracks that the log tells of, in tables where it is found: read from the store, beside the fold.

The fold writes ``captions`` and says so on a channel; what is read of a track is written in one transaction, if the
track still stands in that version. So a store that is away holds up the text alone.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress

import asyncpg

from services.runtime.cues import Cue, plain
from services.runtime.errors import Permanent
from services.runtime.store import Store
from services.runtime.webvtt import read_text_track

CHANNEL = "headrace_captions"

_LOOK_AGAIN_S = 60
_AT_ONCE = 20
# A tsvector holds 1 MiB, of which short words take twice their length.
_PASSAGE_BYTES = 250_000

_PENDING = """
    SELECT c.asset_id, c.track, c.tenant, c.version, c.vtt_key
    FROM assets a JOIN captions c USING (asset_id)
    WHERE c.indexed IS DISTINCT FROM c.version AND c.look_again <= now() AND a.state <> 'deleted'
    ORDER BY c.look_again LIMIT $1
"""
_LATER = "UPDATE captions SET look_again = now() + $3 * interval '1 s' WHERE asset_id = $1 AND track = $2"
_INDEXED = "UPDATE captions SET indexed = $3 WHERE asset_id = $1 AND track = $2 AND version = $3"
_FORGET_CUES = "DELETE FROM cues WHERE asset_id = $1 AND track = $2"
_FORGET_PASSAGES = "DELETE FROM passages WHERE asset_id = $1 AND track = $2"
# As the words of titles are made: the parser would take "and/or" for one word.
_WORDS = "to_tsvector('simple', regexp_replace({}, '[^[:alnum:]]+', ' ', 'g'))"
_PUT_CUE = f"""
    INSERT INTO cues (asset_id, track, number, start_s, end_s, said, words)
    VALUES ($1, $2, $3, $4, $5, $6, {_WORDS.format("$6::text")})
"""  # noqa: S608 (our own text)
_PUT_PASSAGE = f"""
    INSERT INTO passages (asset_id, track, number, tenant, words, created_at)
    SELECT $1, $2, $3, $4, strip({_WORDS.format("$5::text")}), created_at FROM assets WHERE asset_id = $1
"""  # noqa: S608 (our own text)

_logger = logging.getLogger("headrace.catalog")


async def keep_transcripts(store: Store, database: asyncpg.Connection) -> None:
    """Read each text track that the tables do not hold yet, for ever.

    Raises: Transient: the store is away. asyncpg.PostgresError, asyncpg.InterfaceError: the database is.
    """
    news = asyncio.Event()
    await database.add_listener(CHANNEL, lambda *_: news.set())
    database.add_termination_listener(lambda *_: news.set())
    while True:
        news.clear()
        while tracks := await database.fetch(_PENDING, _AT_ONCE):
            for track in tracks:
                await index(store, database, track)
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_AGAIN_S):
                await news.wait()


async def index(store: Store, database: asyncpg.Connection, track: asyncpg.Record) -> None:
    """Write down what is said in one version of a track, unless that stands no more.

    Raises: Transient: the store is away.
    """
    place = (track["asset_id"], track["track"])
    try:
        body = await store.get(track["vtt_key"])
    except Permanent:
        # That of an asset which was deleted and restored is on its way back.
        await database.execute(_LATER, *place, _LOOK_AGAIN_S)
        return
    cues = await asyncio.to_thread(_cues_of, body, track["vtt_key"])
    async with database.transaction():
        if await database.execute(_INDEXED, *place, track["version"]) != "UPDATE 1":
            return
        await database.execute(_FORGET_CUES, *place)
        await database.execute(_FORGET_PASSAGES, *place)
        said = [(number, cue, plain(cue.text)) for number, cue in enumerate(cues)]
        await database.executemany(
            _PUT_CUE, [(*place, number, cue.start_s, cue.end_s, text) for number, cue, text in said]
        )
        texts = [text for _, _, text in said]
        await database.executemany(
            _PUT_PASSAGE, [(*place, first, track["tenant"], passage) for first, passage in passages(texts)]
        )


def passages(texts: list[str], most_bytes: int = _PASSAGE_BYTES) -> Iterator[tuple[int, str]]:
    """Yield texts joined to runs that are no longer than may be, each with the number of its first."""
    first, run, length = 0, list[str](), 0
    for number, text in enumerate(texts):
        own = len(text.encode()) + 1
        if run and length + own > most_bytes:
            yield first, " ".join(run)
            first, run, length = number, [], 0
        run.append(text)
        length += own
    if run:
        yield first, " ".join(run)


def _cues_of(body: bytes, key: str) -> list[Cue]:
    try:
        return read_text_track(body)
    except Permanent as error:
        if error.code != "captions_empty":
            _logger.warning("nothing is found in %s: %s", key, error.message)
        return []
