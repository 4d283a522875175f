"""Whether an asset's outputs may be called ready, are made once more, or are given up. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

from contracts.v1 import (
    AssetPackaged,
    AssetPlanned,
    AssetReady,
    ChunkEncoded,
    CopyRefused,
    Fact,
    Flaw,
    OutputRefused,
    ThumbnailMade,
    VersionRetired,
)
from services.finalize.renditions import Delivered, Finding, delivered_in
from services.runtime.errors import Permanent

# A film of which nothing is left in the store has thousands.
_MOST_TOLD = 20


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was stated about one asset under one recipe; ``refused`` is what was made once more since."""

    plan: AssetPlanned
    packaged: AssetPackaged
    thumbnail: ThumbnailMade
    chunks: list[ChunkEncoded]
    refused: OutputRefused | None = None

    @property
    def attempt(self) -> int:
        """Return the attempt that this is of: what was made again is ready again, however soon."""
        return max(self.packaged.attempt, self.thumbnail.attempt)

    @property
    def renditions(self) -> list[Delivered]:
        """Return the renditions that were packaged."""
        return delivered_in(self.plan, self.packaged, self.chunks)


def all_made(facts: Iterable[Fact], recipe: str) -> Made | None:
    """Return what was made under a recipe; None while something is to come, once it is ready, or to be removed."""
    own = [fact for fact in facts if getattr(fact, "recipe", None) == recipe]
    last = {type(fact): fact for fact in own}
    plan, packaged, thumbnail = last.get(AssetPlanned), last.get(AssetPackaged), last.get(ThumbnailMade)
    refused, ready = last.get(OutputRefused), last.get(AssetReady)
    if not (
        isinstance(plan, AssetPlanned) and isinstance(packaged, AssetPackaged) and isinstance(thumbnail, ThumbnailMade)
    ):
        return None
    chunks = [fact for fact in own if isinstance(fact, ChunkEncoded)]
    made = Made(plan=plan, packaged=packaged, thumbnail=thumbnail, chunks=chunks)
    if (isinstance(ready, AssetReady) and ready.attempt >= made.attempt) or VersionRetired in last:
        return None
    if isinstance(refused, OutputRefused):
        pictured = refused.is_answered_by(thumbnail) or not refused.pictures
        if not (pictured and refused.is_answered_by(packaged)):
            return None
        made = msgspec.structs.replace(made, refused=refused)
    return made


def verdict(made: Made, findings: Sequence[Finding]) -> AssetReady | OutputRefused | CopyRefused:
    """Return what follows from a look at everything; what was refused before in the same attempt is given up.

    Raises: Permanent: with the code of the first finding.
    """
    if not findings:
        return _ready(made)
    undecodable = [own for own in findings if own.remedy == "plan"]
    if undecodable:
        return _copy_refused(made, undecodable[0])
    refused, worst = made.refused, findings[0]
    if refused is not None and refused.attempt == made.attempt:
        more = f" The same goes for {len(findings) - 1} more outputs." if findings[1:] else ""
        message = f"{worst.message}{more} It was made twice; check the store and the log, then retry the asset."
        raise Permanent(worst.code, message)
    return OutputRefused(
        asset_id=made.plan.asset_id,
        tenant=made.plan.tenant,
        recipe=made.plan.recipe,
        flaws=[Flaw(code=own.code, key=own.key, message=own.message) for own in findings[:_MOST_TOLD]],
        shares=sorted({own.part for own in findings if own.part}),
        pictures=any(own.remedy == "pictures" for own in findings),
        attempt=made.attempt,
        remake=refused.remake + 1 if refused else 1,
    )


def _copy_refused(made: Made, finding: Finding) -> CopyRefused:
    """Return the fact that what was copied does not play: copied again it would be the same."""
    return CopyRefused(
        asset_id=made.plan.asset_id,
        tenant=made.plan.tenant,
        recipe=made.plan.recipe,
        # Shares of a copy are named for the task, and numbered.
        part=finding.part.rpartition("-")[0],
        code="copy_undecodable",
        message=f"{finding.message} It is encoded instead.",
    )


def _ready(made: Made) -> AssetReady:
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
        attempt=made.attempt,
    )
