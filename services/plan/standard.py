"""Whether an original's own pictures can be delivered as they are, and if not, why. Pure.

Codes are stable; an empty list means that the best rung needs no encoding.
"""

from fractions import Fraction

from contracts.v1 import Probe, VideoStream
from services.plan.copied import segments_of
from services.plan.grid import HIGHEST_FRAME_RATE, SEGMENT_S
from services.plan.ladder import WORTH_A_RUNG, Ladder, rungs_for

LONGEST_GROUP_S = SEGMENT_S
LONGEST_SEGMENT_S = 6
HIGHEST_TO_LADDER = Fraction(3, 2)

# Of lossless H.264 the profile is High 4:4:4 Predictive, whatever its pixel format: what most players cannot decode.
_PROFILES = {None, "Baseline", "Constrained Baseline", "Main", "High"}
_PIXEL_FORMATS = {"yuv420p", "yuvj420p"}
_PRIMARIES = {None, "bt709", "smpte170m", "bt470bg"}
_TRANSFERS = {None, "bt709", "smpte170m", "bt470bg", "gamma22", "gamma28"}
_MATRICES = {None, "bt709", "smpte170m", "bt470bg"}


def non_standard_input(probe: Probe, ladder: Ladder) -> list[str]:
    """Return codes of everything that keeps the first video's pictures from being delivered as they are."""
    video = probe.video[0]
    reasons = {
        "container": not _is_mp4(probe),
        "video_codec": video.codec != "h264",
        "video_profile": video.codec == "h264" and video.profile not in _PROFILES,
        "pixel_format": video.pixel_format not in _PIXEL_FORMATS,
        "color": not _is_standard_color(video),
        "interlaced": video.interlaced,
        "rotation": video.rotation != 0,
        "mirrored": video.mirrored,
        "sample_aspect": video.sample_aspect.fraction != 1,
        "picture_size": not _is_standard_size(video, ladder),
        "bitrate": not _is_standard_bitrate(probe, ladder),
        "frame_rate": video.frame_rate.fraction > HIGHEST_FRAME_RATE,
        **_reasons_of_index(probe),
    }
    return [code for code, holds in reasons.items() if holds]


def _reasons_of_index(probe: Probe) -> dict[str, bool]:
    """Return what the index tells; containers that have none are not blamed twice."""
    video = probe.video[0]
    pictures, rate = video.pictures, video.frame_rate.fraction
    if pictures is None:
        return {"no_index": _is_mp4(probe)}
    return {
        "frame_rate": rate > HIGHEST_FRAME_RATE or not pictures.constant_rate,
        "edit_list": pictures.hidden > 0,
        "key_frame_interval": pictures.longest_group > LONGEST_GROUP_S * rate
        or max(segments_of(pictures, rate)) > LONGEST_SEGMENT_S * rate,
        # Where an edit list cuts into a group, its first picture shown is no key picture.
        "open_gop": video.codec == "h264" and not pictures.hidden and not pictures.closed_groups,
    }


def _is_mp4(probe: Probe) -> bool:
    return probe.container.startswith(("mov", "mp4"))


def _is_standard_color(video: VideoStream) -> bool:
    return (
        video.color_range != "pc"
        and video.pixel_format != "yuvj420p"
        and video.color_primaries in _PRIMARIES
        and video.color_transfer in _TRANSFERS
        and video.color_space in _MATRICES
    )


def _is_standard_size(video: VideoStream, ladder: Ladder) -> bool:
    largest = max(step.short_side for step in ladder.rungs)
    is_even = video.width % 2 == 0 and video.height % 2 == 0
    return is_even and min(video.width, video.height) < largest * WORTH_A_RUNG


def _is_standard_bitrate(probe: Probe, ladder: Ladder) -> bool:
    video = probe.video[0]
    bitrate_bps = video.bitrate_bps or probe.bitrate_bps or 0
    return bitrate_bps <= HIGHEST_TO_LADDER * rungs_for(ladder, video)[0].bitrate_bps
