"""Stating facts about text tracks: versions are counted by the log, in which each comes after all others of its track.

Also after those of an earlier life of the asset: readers keep what lies under a version's URL for ever.
"""

from typing import TypeVar

from msgspec.structs import replace
from nats.js.errors import APIError

from contracts.v1 import CaptionsAsked, CaptionsFact, CaptionsMade, CaptionsRefused, CaptionsRemoved, captions_of
from services.runtime.log import FactLog
from services.runtime.publish import Publisher, expecting, is_outdated

F = TypeVar("F", bound=CaptionsFact)


async def last_versions(log: FactLog, asset_id: str) -> dict[str, int]:
    """Return the highest version that any fact has of each text track an asset has, or ever had."""
    versions: dict[str, int] = {}
    for fact in await log.facts(asset_id, CaptionsAsked, CaptionsMade, CaptionsRemoved, CaptionsRefused):
        versions[fact.track] = max(versions.get(fact.track, 0), fact.version)
    return versions


async def state_next(fact: F, log: FactLog, publish: Publisher) -> F:
    """State a fact as the next version of its text track, whichever that is by then; return it as it was stated.

    Raises: what the publisher raises.
    """
    among = captions_of(fact.asset_id)
    while True:
        # Looked at first: what comes between this and the fact keeps the fact from being taken.
        after = await log.last_sequence(among)
        known = await last_versions(log, fact.asset_id)
        own = replace(fact, version=known.get(fact.track, 0) + 1)
        try:
            await publish(own, expecting(after, among))
        except APIError as error:
            if not is_outdated(error):
                raise
        else:
            return own
