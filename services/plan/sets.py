"""What is made of the picture beside the ladder: other codecs, high dynamic range, halved frame rates. Pure.

Each set is a task of its own for each chunk, behind the ladder's in the queue: decoding a chunk again costs little
beside encoding it, the ladder is ready as early as without other sets, and no process holds the encoders of more than
one set. All rungs of 2160p side by side take x265 4 to 6 GB, the largest alone half of that.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec.structs import replace

from contracts.v1 import DynamicRange, Grid, Rung, RungSet, VideoStream
from services.plan.ladder import Ladder, rungs_for
from services.plan.sound import SoundWish

ExtraCodec = Literal["hevc", "av1"]

HIGHEST_HALVED_SHORT_SIDE = 480
HIGHEST_WHOLE_RATE = 30
# Larger pictures than 1080p are encoded one rung at a time.
_MOST_PIXELS_TOGETHER = 1920 * 1088
_HDR_TRANSFERS: dict[str | None, DynamicRange] = {"smpte2084": "pq", "arib-std-b67": "hlg"}


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What may be made beside the ladder; ``hdr`` ladders are for sources of high dynamic range, ``sdr`` for others.

    Where there are no ``hdr`` ladders, every source is offered those for ``sdr``. ``sound`` is by profile.
    """

    sdr: list[Ladder] = []
    hdr: list[Ladder] = []
    halved: bool = False
    sound: dict[str, SoundWish] = {}


def sets_for(offer: Offer, video: VideoStream, grid: Grid, profile: str) -> list[RungSet]:
    """Return the sets of a source, in the offer's order, each best rung first.

    Profiles that only the main ladder knows get the least work here.
    """
    dynamic_range = _HDR_TRANSFERS.get(video.color_transfer, "sdr") if offer.hdr else "sdr"
    ladders = offer.sdr if dynamic_range == "sdr" else offer.hdr
    return [
        own
        for ladder in ladders
        for own in _sets(_preset(ladder, profile), _rungs(offer, ladder, video, grid, dynamic_range))
    ]


def paced(offer: Offer, rungs: Iterable[Rung], grid: Grid) -> list[Rung]:
    """Return rungs, the small ones at half the rate where the offer says so and the rate is more than 30."""
    halvable = offer.halved and grid.frame_rate.fraction > HIGHEST_WHOLE_RATE and grid.gop_frames % 2 == 0
    return [
        replace(rung, frame_step=2) if halvable and min(rung.width, rung.height) <= HIGHEST_HALVED_SHORT_SIDE else rung
        for rung in rungs
    ]


def _rungs(offer: Offer, ladder: Ladder, video: VideoStream, grid: Grid, dynamic_range: DynamicRange) -> list[Rung]:
    suffix = _name(ladder, dynamic_range)
    return [
        replace(rung, name=f"{rung.name}-{suffix}", dynamic_range=dynamic_range)
        for rung in paced(offer, rungs_for(ladder, video), grid)
    ]


def _sets(preset: str, rungs: list[Rung]) -> list[RungSet]:
    large = [rung for rung in rungs if rung.width * rung.height > _MOST_PIXELS_TOGETHER]
    rest = rungs[len(large) :]
    shares = [[rung] for rung in large] + [rest] * bool(rest)
    return [RungSet(name=own[0].name, preset=preset, rungs=own) for own in shares]


def _preset(ladder: Ladder, profile: str) -> str:
    return ladder.presets.get(profile) or next(iter(ladder.presets.values()))


def _name(ladder: Ladder, dynamic_range: DynamicRange) -> str:
    return ladder.codec if dynamic_range == "sdr" else f"{ladder.codec}-hdr"
