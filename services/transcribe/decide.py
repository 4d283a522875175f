"""What is to be heard for a task, and what follows from what was. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from contracts.keys import captions_key, policy_of
from contracts.v1 import CaptionsMade, CaptionsRefused, TranscribeAudio
from services.runtime.errors import HeadraceError
from services.transcribe.cues import Cue
from services.transcribe.heard import Model, NoModel, Order, Window, Word
from services.transcribe.languages import code_of, tag_of

BEAMS = {"fast": 1, "balanced": 3, "best": 5}

_SILENT = 0.001
"""A peak of −60 dBFS."""


class Wishes(msgspec.Struct, frozen=True):
    """What the service's settings say where a task does not; ``language`` may be ``auto``."""

    language: str = "auto"
    translate: bool = False
    hotwords: str = ""
    vad: bool = True
    batch: int = 1


class Kept(msgspec.Struct, frozen=True):
    """A finished window, and what it is an answer to."""

    asked: str
    window: Window


def order_of(task: TranscribeAudio, wishes: Wishes, model: Model) -> Order:
    """Return what is to be heard for a task, from its beginning on."""
    return Order(
        model=model,
        stream_index=task.source.index,
        timeline_start_s=task.timeline_start_s,
        duration_s=task.duration_s,
        language=code_of(task.language or wishes.language),
        translate=wishes.translate if task.translate is None else task.translate,
        beam_size=BEAMS.get(task.profile, BEAMS["fast"]),
        hotwords=", ".join(filter(None, (wishes.hotwords, task.hotwords))),
        vad=wishes.vad,
        batch=wishes.batch,
    )


def fingerprint(order: Order) -> str:
    """Return what tells whether windows belong to an order: another model, or another wish, hears other words."""
    same = replace(order, from_s=0.0, model=replace(order.model, threads=0))
    return hashlib.sha256(msgspec.json.encode(same, order="deterministic")).hexdigest()[:16]


def resumed(order: Order, done: Sequence[Window]) -> Order:
    """Return what is left of an order when some windows are done."""
    if not done:
        return order
    language = order.language or next((window.language for window in done if window.language), "")
    return replace(order, from_s=done[-1].end_s, language=language)


def window_key(task: TranscribeAudio, number: int) -> str:
    """Return the key under which a finished window is kept until all are."""
    return _key(task, f"windows/{number:05d}.json")


def vtt_key(task: TranscribeAudio) -> str:
    """Return the key of the transcript as WebVTT: the task's own, whichever version of the track it becomes."""
    return _key(task, "speech.vtt")


def words_key(task: TranscribeAudio) -> str:
    """Return the key of the transcript's words."""
    return _key(task, "speech.json")


def is_done(task: TranscribeAudio, known: Iterable[CaptionsMade]) -> bool:
    """Tell whether one of the facts about text tracks is what a task leads to."""
    return any((made.track, made.asked) == (task.track, task.version) for made in known)


def _key(task: TranscribeAudio, suffix: str) -> str:
    return captions_key(task.asset_id, policy_of(task.recipe), task.track, task.version, suffix)


def words_of(windows: Sequence[Window]) -> list[Word]:
    """Return all words, in the order of time."""
    return [word for window in windows for word in window.words]


def words_document(made: CaptionsMade, words: Sequence[Word]) -> dict[str, Any]:
    """Return what is told of the words: in which language, when each was said, and how sure the model is of it."""
    return {
        "language": made.language,
        "language_probability": made.language_probability,
        "words": [
            {
                "start_s": round(word.start_s, 3),
                "end_s": round(word.end_s, 3),
                "text": word.text.strip(),
                "confidence": word.confidence,
            }
            for word in words
        ],
    }


def captions_made(task: TranscribeAudio, order: Order, windows: Sequence[Window], cues: Sequence[Cue]) -> CaptionsMade:
    """Return the fact that a transcript is made, but for its version; without cues it says why."""
    spoken = next((window for window in windows if window.words), None)
    code, message = ("", "") if cues else _nothing(windows)
    return CaptionsMade(
        asset_id=task.asset_id,
        tenant=task.tenant,
        track=task.track,
        version=task.version,
        asked=task.version,
        source="speech",
        language=_language(task, order, spoken),
        language_probability=None if spoken is None or order.language else spoken.language_probability,
        vtt_key=vtt_key(task),
        words_key=words_key(task),
        cues=len(cues),
        code=code,
        message=message,
    )


def _language(task: TranscribeAudio, order: Order, spoken: Window | None) -> str:
    if spoken is not None and order.translate:
        return "en"
    if order.language:
        return tag_of(order.language, told=task.language)
    return tag_of(spoken.language if spoken else "")


def _nothing(windows: Sequence[Window]) -> tuple[str, str]:
    if all(window.peak < _SILENT for window in windows):
        return "silent", "The sound is silent, so there is nothing to read."
    return "no_speech", "Nobody speaks in it, as far as can be told, so there is nothing to read."


def captions_refused(task: TranscribeAudio, error: HeadraceError | NoModel) -> CaptionsRefused:
    """Return the fact that what is said cannot be written down; the asset can do without."""
    return CaptionsRefused(
        asset_id=task.asset_id,
        tenant=task.tenant,
        track=task.track,
        version=task.version,
        asked=task.version,
        code=error.code,
        message=error.message,
    )
