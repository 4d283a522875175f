"""What will be made of a probed original: ladder, grid, tracks. Pure."""

import hashlib
from collections.abc import Sequence
from fractions import Fraction

import msgspec

from contracts.keys import recipe_for
from contracts.v1 import AssetPlanned, AssetProbed, AudioTrack, CopyRefused, Probe
from services.plan.copied import copied_rung, cut_like
from services.plan.grid import chunks_of, grid_of
from services.plan.ladder import Ladder, preset_for, rungs_for
from services.plan.sets import Offer, paced, sets_for
from services.plan.sound import AS_IT_IS, SoundWish, tracks_of
from services.plan.standard import non_standard_input
from services.plan.tasks import COPY, audio_part
from services.plan.text import unreadable

NOTHING_ELSE = Offer()


def plan_asset(
    event: AssetProbed,
    ladder: Ladder,
    engine: str,
    offer: Offer = NOTHING_ELSE,
    refusals: Sequence[CopyRefused] = (),
) -> AssetPlanned:
    """Return the plan for an original; ``engine`` names everything else that determines the bytes made.

    ``offer`` is what may be made beside the ladder. ``refusals`` are of earlier plans for it: what could not be copied
    is encoded.

    Raises: Permanent: ``unknown_profile``.
    """
    video = event.probe.video[0]
    grid = grid_of(video)
    rungs = paced(offer, rungs_for(ladder, video), grid)
    sets = sets_for(offer, video, grid, event.profile)
    wish = offer.sound.get(event.profile, AS_IT_IS)
    audio = _audio_tracks(event.probe, refusals, grid.frames / grid.frame_rate.fraction, wish)
    preset = preset_for(ladder, event.profile)
    reasons = non_standard_input(event.probe, ladder) or _codes(refusals, COPY)
    copied = None
    if not reasons:
        own, copied = copied_rung(video, rungs[0])
        rungs = [own, *rungs[1:]]
        # Where nothing else cuts by counting: other encoders, and rungs at half the rate, know no other cuts.
        if not sets and all(rung.frame_step == 1 for rung in rungs):
            grid = cut_like(grid, copied)
    return AssetPlanned(
        asset_id=event.asset_id,
        tenant=event.tenant,
        recipe=recipe_for(
            event.playback_policy, _digest(engine, grid, rungs, audio, preset, copied, sets, *_attempt(event))
        ),
        grid=grid,
        rungs=rungs,
        chunks=chunks_of(grid),
        audio=audio,
        warnings=_warnings(event.probe),
        preset=preset,
        copied=copied,
        non_standard_input=reasons,
        sets=sets,
        attempt=event.attempt,
        engine=engine,
        profile=event.profile,
        chapters=event.probe.chapters,
    )


def _audio_tracks(
    probe: Probe, refusals: Sequence[CopyRefused], timeline_s: Fraction, wish: SoundWish
) -> list[AudioTrack]:
    return tracks_of(probe, lambda number: _codes(refusals, audio_part(number)), timeline_s, wish)


def _codes(refusals: Sequence[CopyRefused], part: str) -> list[str]:
    """Return why a part cannot be copied; a plan that is made again for the same reason has the same recipe."""
    return list(dict.fromkeys(own.code for own in refusals if own.part == part))


def _warnings(probe: Probe) -> list[str]:
    pictures = len(probe.video)
    streams = [f"The file has {pictures} video streams; only the first is used."] if pictures > 1 else []
    return [*probe.warnings, *streams, *unreadable(probe)]


def _attempt(event: AssetProbed) -> list[int]:
    # The recipes of first attempts were there before retries.
    return [event.attempt] if event.attempt else []


def _digest(*determinants: object) -> str:
    return hashlib.sha256(msgspec.json.encode(determinants, order="deterministic")).hexdigest()[:12]
