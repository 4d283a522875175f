"""Facts about an asset's text tracks: subtitles, captions, transcripts, whatever they were made from.

A text track belongs to an asset, not to a recipe: it survives whatever is made again. Whoever states one of these facts
counts ``version`` on from the last fact about the same track, whichever kind it was and in whichever life of the asset;
the one with the highest version stands. All of them lie below ``captions_of`` an asset, so that whoever states one can
require that none came between.
"""

from collections.abc import Iterable
from typing import Literal

from contracts.profiles import DEFAULT_PROFILE
from contracts.v1.edits import AssetPurged
from contracts.v1.fact import Fact

CaptionsSource = Literal["speech", "embedded", "upload", "edit"]
"""What a text track was made from; ``edit``: people changed one that was made from something else."""


class CaptionsFact(Fact, frozen=True, kw_only=True):
    """Be what became of one version of a text track; ``track`` is stable and consists of ``a-z``, ``0-9`` and ``-``."""

    track: str
    version: int

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the track and the version."""
        return (self.track, str(self.version))


class CaptionsAsked(CaptionsFact, frozen=True, kw_only=True, tag="captions.asked"):
    """What is said in one of an original's audio streams is to be written down as a version of a text track.

    ``language`` is BCP 47 and empty where it is to be found out, ``translate`` asks for English; where they are not
    given, the settings of who transcribes decide. ``profile`` is how much work it may be, ``hotwords`` are names and
    terms that are likely to be said.
    """

    stream_index: int
    language: str = ""
    translate: bool | None = None
    profile: str = DEFAULT_PROFILE
    hotwords: str = ""


class CaptionsMade(CaptionsFact, frozen=True, kw_only=True, tag="captions.made"):
    """A text track lies in the store as WebVTT, whole; times are on the asset's own timeline, which starts at 0.

    ``language`` is a BCP 47 tag, ``und`` where it is unknown; ``name`` is for people and may be empty. ``default``: to
    be shown unless somebody chooses otherwise. ``forced``: only what has to be read in any case. ``sdh``: tells sounds,
    too. ``words_key`` is JSON with each word and how sure it is, where there is such. Without ``cues``, a sentence and
    its stable ``code`` say why there are none; players are not offered such a track. ``asked`` is the version that the
    task asked for, if one made it: others may have been faster, so that ``version`` is a later one.
    """

    language: str
    source: CaptionsSource
    vtt_key: str
    cues: int
    name: str = ""
    words_key: str = ""
    default: bool = False
    forced: bool = False
    sdh: bool = False
    language_probability: float | None = None
    code: str = ""
    message: str = ""
    asked: int = 0


class CaptionsRemoved(CaptionsFact, frozen=True, kw_only=True, tag="captions.removed"):
    """A text track is offered no more; a later version brings it back."""


class CaptionsRefused(CaptionsFact, frozen=True, kw_only=True, tag="captions.refused"):
    """A version of a text track cannot be made, the one before stays; ``code`` is stable. All else stays.

    ``asked`` is as in ``captions.made``.
    """

    code: str
    message: str
    asked: int = 0


def captions_of(asset_id: str) -> str:
    """Return the subject filter that matches every fact about an asset's text tracks."""
    return f"{Fact.root}.captions.*.{asset_id}.>"


def standing(facts: Iterable[Fact]) -> list[CaptionsMade]:
    """Return the text tracks that an asset has by its facts, each in its last version, by name of the track.

    Facts come in the order of the log; of what was purged with its asset nothing stands.
    """
    last: dict[str, CaptionsMade | CaptionsRemoved] = {}
    for fact in facts:
        if isinstance(fact, AssetPurged):
            last.clear()
        elif isinstance(fact, CaptionsMade | CaptionsRemoved):
            known = last.get(fact.track)
            if known is None or known.version <= fact.version:
                last[fact.track] = fact
    return [fact for _, fact in sorted(last.items()) if isinstance(fact, CaptionsMade)]
