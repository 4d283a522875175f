"""Whether everything that facts state about an asset lies in the store. Pure."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from contracts.keys import init_key, segment_key
from contracts.v1 import AssetPackaged, AssetReady, ChunkEncoded, Fact, ThumbnailMade, VersionRetired
from services.runtime.errors import Transient


class Made(msgspec.Struct, frozen=True):
    """Everything that was stated about one asset under one recipe."""

    packaged: AssetPackaged
    thumbnail: ThumbnailMade
    chunks: list[ChunkEncoded]


def all_made(facts: Iterable[Fact], recipe: str) -> Made | None:
    """Return what was made under a recipe, or None while something is still to come, or when it is to be removed."""
    packaged: AssetPackaged | None = None
    thumbnail: ThumbnailMade | None = None
    chunks: list[ChunkEncoded] = []
    for fact in facts:
        match fact:
            case AssetPackaged(recipe=own) if own == recipe:
                packaged = fact
            case ThumbnailMade(recipe=own) if own == recipe:
                thumbnail = fact
            case ChunkEncoded(recipe=own) if own == recipe:
                chunks.append(fact)
            case VersionRetired(recipe=own) if own == recipe:
                return None
    return Made(packaged, thumbnail, chunks) if packaged and thumbnail else None


def verified(made: Made, stored_bytes: Mapping[str, int]) -> AssetReady:
    """Return the fact that an asset is ready, given the sizes of the objects below its prefix.

    Raises: Transient: ``output_missing``; listings of some stores lag behind writes.
    """
    wrong = [key for key in _documents(made) if not stored_bytes.get(key)]
    wrong += [key for key, size_bytes in _segments(made) if stored_bytes.get(key) != size_bytes]
    if wrong:
        raise Transient(
            "output_missing",
            f"{wrong[0]} and {len(wrong) - 1} more outputs are missing or incomplete in the store; "
            "check the store, then upload the file again.",
        )
    packaged, thumbnail = made.packaged, made.thumbnail
    return AssetReady(
        asset_id=packaged.asset_id,
        tenant=packaged.tenant,
        recipe=packaged.recipe,
        hls_key=packaged.hls_key,
        dash_key=packaged.dash_key,
        poster_key=thumbnail.poster_key,
        storyboard_key=thumbnail.storyboard_key,
        duration_s=packaged.duration_s,
        # What was made again is ready again, however soon.
        attempt=max(packaged.attempt, thumbnail.attempt),
    )


def _documents(made: Made) -> list[str]:
    """Return the keys of what must be there and not be empty; facts do not state its size."""
    packaged, thumbnail = made.packaged, made.thumbnail
    inits = [init_key(packaged.asset_id, packaged.recipe, own.rendition) for own in packaged.renditions]
    playlists = [packaged.hls_key, *(own.playlist_key for own in packaged.renditions), packaged.dash_key]
    iframes = [own.iframes_key for own in packaged.renditions if own.iframes_key]
    return [*inits, *playlists, *iframes, thumbnail.poster_key, thumbnail.storyboard_key]


def _segments(made: Made) -> Iterator[tuple[str, int]]:
    """Yield keys and stated sizes of all segments."""
    for chunk in made.chunks:
        for encoded in chunk.renditions:
            for segment in encoded.segments:
                key = segment_key(chunk.asset_id, chunk.recipe, encoded.rendition, segment.number)
                yield key, segment.size_bytes
