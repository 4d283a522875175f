"""Which objects facts of a ready asset state, which belong to nothing, and what makes again what is missing. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from contracts.keys import ASSETS, CAPTIONS, CHOSEN_POSTERS, POSTER_UPLOADS, PRIVATE, WITHDRAWN, init_key, segment_key
from contracts.steps import RetryStep
from contracts.v1 import AssetPackaged, ChunkEncoded, Fact, PosterMade, ThumbnailMade
from services.reconcile.known import Known
from services.reconcile.report import OrphanReason

OUTPUT_KINDS = (ChunkEncoded, AssetPackaged, ThumbnailMade, PosterMade)
OUTPUT_ROOTS = (ASSETS, PRIVATE, POSTER_UPLOADS, WITHDRAWN)
"""Below these lies what was made, and what can be deleted; originals never do."""


_CHEAP: tuple[RetryStep, ...] = ("thumbnail", "package")


class Output(NamedTuple):
    """What makes an output, None where only a person's wish does, and its size in bytes, where facts state it."""

    step: RetryStep | None
    size_bytes: int | None = None


class Place(NamedTuple):
    """Whose an object is, by its key; ``recipe`` is empty where the key has none."""

    asset_id: str
    recipe: str
    is_withdrawn: bool


def place_of(key: str) -> Place:
    """Return whose an object below one of ``OUTPUT_ROOTS`` is."""
    home = key.removeprefix(WITHDRAWN)
    root, _, rest = home.partition("/")
    asset_id, _, below = rest.partition("/")
    folder = "" if f"{root}/" == POSTER_UPLOADS else below.partition("/")[0]
    # Those outlive the recipes under which they were made.
    recipe = "" if folder in (CHOSEN_POSTERS, CAPTIONS) else folder
    return Place(asset_id, recipe, home != key)


def verdict(place: Place, known: Known | None) -> OrphanReason | Literal["stranger", "left_behind", "live"]:
    """Return what an object is to the log."""
    if known is None:
        return "stranger"
    if known.is_purged:
        return "asset_purged"
    # Who was never planned has no recipes to compare with.
    if place.recipe and known.recipes and place.recipe not in known.recipes:
        return "recipe_unknown"
    return "left_behind" if place.is_withdrawn and not known.is_deleted else "live"


def outputs_of(facts: Iterable[Fact], recipe: str) -> dict[str, Output]:
    """Return by key what facts state under a recipe."""
    found: dict[str, Output] = {}
    chosen: PosterMade | None = None
    for fact in facts:
        match fact:
            case ChunkEncoded() if fact.recipe == recipe:
                found |= _media(fact)
            case AssetPackaged() if fact.recipe == recipe:
                found |= dict.fromkeys(_playlists(fact), Output("package"))
            case ThumbnailMade() if fact.recipe == recipe:
                found |= dict.fromkeys((fact.poster_key, fact.storyboard_key), Output("thumbnail"))
            case PosterMade() if fact.recipe == recipe and (chosen is None or chosen.edit < fact.edit):
                chosen = fact
    return found if chosen is None else found | {chosen.poster_key: Output(None)}


def absent(stated: Mapping[str, Output], stored_bytes: Mapping[str, int]) -> dict[str, Output]:
    """Return of what is stated what is not stored, or not whole; ``stored_bytes`` are sizes by key."""
    return {
        key: output
        for key, output in stated.items()
        if key not in stored_bytes or output.size_bytes not in (None, stored_bytes[key])
    }


def steps_for(missing: Iterable[Output]) -> list[RetryStep]:
    """Return the steps that make missing outputs again, in their order; encoding makes all but chosen posters."""
    wanted = {output.step for output in missing}
    return ["encode"] if "encode" in wanted else [step for step in _CHEAP if step in wanted]


def _media(fact: ChunkEncoded) -> dict[str, Output]:
    found: dict[str, Output] = {}
    for encoded in fact.renditions:
        place = fact.asset_id, fact.recipe, encoded.rendition
        found[init_key(*place)] = Output("encode")
        for segment in encoded.segments:
            found[segment_key(*place, segment.number)] = Output("encode", segment.size_bytes)
    return found


def _playlists(fact: AssetPackaged) -> Iterator[str]:
    yield from (fact.hls_key, fact.dash_key)
    if fact.chapters_key:
        yield fact.chapters_key
    for made in fact.renditions:
        yield made.playlist_key
        if made.iframes_key:
            yield made.iframes_key
