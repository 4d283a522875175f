"""The facts about an asset's playlists, and what they warn of. Pure."""

from collections.abc import Mapping

from msgspec.structs import replace

from contracts.keys import chapters_key, iframes_key, manifest_key, multivariant_key, playlist_key
from contracts.v1 import (
    AssetPackaged,
    AssetPlanned,
    AssetPlayable,
    AudioTrack,
    CaptionsMade,
    Rational,
    Rendition,
)
from services.package.bandwidth import Bandwidth
from services.package.fold import Delivered, Planned, frame_rate_of, planned_in, rendition_of


def asset_playable(plan: AssetPlanned) -> AssetPlayable:
    """Return the fact that a player can start."""
    hls_key = multivariant_key(plan.asset_id, plan.recipe)
    return AssetPlayable(asset_id=plan.asset_id, tenant=plan.tenant, recipe=plan.recipe, hls_key=hls_key)


def asset_packaged(
    plan: AssetPlanned, delivered: Mapping[str, Delivered], bandwidths: Mapping[str, Bandwidth]
) -> AssetPackaged:
    """Return the fact that every rendition is complete, with what was measured of each."""
    return AssetPackaged(
        asset_id=plan.asset_id,
        tenant=plan.tenant,
        recipe=plan.recipe,
        hls_key=multivariant_key(plan.asset_id, plan.recipe),
        dash_key=manifest_key(plan.asset_id, plan.recipe),
        duration_s=plan.grid.duration_s,
        chapters_key=chapters_key(plan.asset_id, plan.recipe, "vtt") if plan.chapters else "",
        renditions=[
            _rendition(plan, planned, delivered[rendition_of(planned)], bandwidths[rendition_of(planned)])
            for planned in planned_in(plan)
        ],
    )


def _rendition(plan: AssetPlanned, planned: Planned, delivered: Delivered, bandwidth: Bandwidth) -> Rendition:
    rendition = Rendition(
        rendition=delivered.rendition,
        codecs=delivered.codecs,
        playlist_key=playlist_key(plan.asset_id, plan.recipe, delivered.rendition),
        duration_s=delivered.duration_s,
        size_bytes=delivered.size_bytes,
        segments=len(delivered.segments),
        bandwidth_bps=bandwidth.peak_bps,
        average_bandwidth_bps=bandwidth.average_bps,
    )
    if isinstance(planned, AudioTrack):
        return replace(rendition, channels=planned.channels)
    rate = frame_rate_of(plan, planned)
    return replace(
        rendition,
        width=planned.width,
        height=planned.height,
        frame_rate=Rational(rate.numerator, rate.denominator),
        iframes_key=iframes_key(plan.asset_id, plan.recipe, delivered.rendition) if delivered.iframes else None,
    )


def silent(plan: AssetPlanned, delivered: Mapping[str, Delivered]) -> list[str]:
    """Return a sentence for each track of which nothing could be decoded."""
    return [
        f"Nothing can be decoded of audio stream {track.stream_index}, so that {rendition_of(track)} is silent;"
        " export the file again."
        for track in plan.audio
        if delivered[rendition_of(track)].code
    ]


def left_out(text: CaptionsMade) -> str:
    """Return the sentence that tells of a text track whose text is lost."""
    return (
        f"The text track {text.track} is left out, for {text.vtt_key} is not in the store;"
        " put it back and retry the asset from package, or upload the text again."
    )
