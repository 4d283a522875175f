"""What people may ask of an asset's text tracks, and what they are answered."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.v1 import CaptionsSource

MOST_BYTES = 2 << 20
"""How long a text track may be as a file; four hours of speech are a tenth of it."""

MOST_MATCHES = 5
"""How many places of an asset a search tells."""

# Source: RFC 5646 §2.1, without what is grandfathered.
Language = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}(?!\n)$",
        max_length=35,
        description="BCP 47; `und` where it is not known.",
        examples=["de"],
    ),
]
Name = Annotated[str, Meta(max_length=100, pattern=r"^[^\u0000-\u001f\"]*$", description="For people.")]
File = Annotated[
    str,
    Meta(
        max_length=MOST_BYTES,
        description="A whole WebVTT or SubRip file; it begins with `WEBVTT`, or is SubRip.",
        examples=["WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHello.\n"],
    ),
]
Time = Annotated[float, Meta(ge=0, le=3_600_000, description="Seconds from the asset's beginning.")]
Said = Annotated[str, Meta(max_length=5000, description="In the markup of WebVTT; what is none is escaped.")]
Settings = Annotated[str, Meta(max_length=200, description="Where it stands, as WebVTT says; the others are left out.")]


class Transcription(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How speech is to be written down once more."""

    language: Annotated[Language | None, Meta(description="What is spoken; null where it is to be found out.")] = None
    translate: Annotated[bool, Meta(description="Into English, as a text track of its own.")] = False
    stream: Annotated[
        Annotated[int, Meta(ge=1, le=1000)] | None,
        Meta(description="Which audio stream of the original, counted from 1; null: what plays by default."),
    ] = None
    hotwords: Annotated[
        str,
        Meta(
            max_length=500,
            # What Whisper takes for more than words stands between these.
            pattern=r"^[^\u0000-\u001f<>]*(?!\n)$",
            description="Names and terms that are likely to be said.",
            examples=["Headrace, penstock, Francis turbine"],
        ),
    ] = ""


class CaptionsRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text track to add: either `text`, with what is said of it, or `transcribe` alone."""

    text: File | None = None
    transcribe: Transcription | None = None
    language: Language = "und"
    name: Name = ""
    default: Annotated[bool, Meta(description="Shown unless somebody chooses otherwise; no other is then.")] = False
    forced: Annotated[bool, Meta(description="Only what has to be read in any case, such as signs.")] = False
    sdh: Annotated[bool, Meta(description="Tells sounds, too, for those who do not hear.")] = False


class CueGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cue as somebody writes it; what shows no text is left out."""

    start_s: Time
    end_s: Time
    text: Said
    settings: Settings = ""


Cues = Annotated[list[CueGiven], Meta(max_length=50_000)]


class CueChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to become of the cue `number`; what is left out, or null, stays."""

    number: Annotated[int, Meta(ge=0, le=1_000_000, description="As GET told it.")]
    start_s: Time | None = None
    end_s: Time | None = None
    text: Said | None = None
    settings: Settings | None = None
    remove: bool = False


class CaptionsChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to become of a text track; what is left out, or null, stays.

    First `cues` take the place of all there are, then `changes` are made to single ones, and `add` adds some.
    """

    cues: Cues | None = None
    changes: Annotated[list[CueChange], Meta(max_length=50_000)] = []
    add: Cues = []
    language: Language | None = None
    name: Name | None = None
    default: bool | None = None
    forced: bool | None = None
    sdh: bool | None = None


class CaptionsDocument(Struct, frozen=True, kw_only=True):
    """A text track; `url` is a WebVTT file, with `{token}` where a playback token goes. A later version has another.

    One without cues, or `unavailable`, says why with `code` and `message`; `refusal_…` why a later version of what is
    there could not be made.
    """

    track: str
    state: Annotated[
        Literal["made", "making", "unavailable"], Meta(description="`making` is told only to who asked for it.")
    ]
    version: int
    language: str
    name: str
    source: CaptionsSource | None
    default: bool
    forced: bool
    sdh: bool
    cues: int
    url: str | None
    words_url: Annotated[str | None, Meta(description="JSON with each word and how sure it is.")]
    language_probability: float | None
    code: str
    message: str
    refusal_code: str
    refusal_message: str


class CaptionsList(Struct, frozen=True):
    """All text tracks of an asset."""

    captions: list[CaptionsDocument]


class CueDocument(Struct, frozen=True, kw_only=True):
    """A cue; `number` counts from 0, by time, and is this version's own."""

    number: int
    start_s: float
    end_s: float
    text: str
    settings: str


class CaptionsText(Struct, frozen=True, kw_only=True):
    """A text track with its cues."""

    captions: CaptionsDocument
    cue_list: list[CueDocument]


class Match(Struct, frozen=True, kw_only=True):
    """Where in an asset something is said that was searched for."""

    track: str
    start_s: float
    end_s: float
    text: Annotated[str, Meta(description="Without markup.")]
