"""What is answered to a task, given what was heard: the fact, and the words that lie beside it. Pure."""

from collections.abc import Sequence
from typing import Any

from contracts.v1 import CaptionsMade, CaptionsRefused, TranscribeAudio
from services.runtime.errors import HeadraceError
from services.transcribe.cues import Cue
from services.transcribe.decide import vtt_key, words_key
from services.transcribe.heard import NoModel, Order, Window, Word
from services.transcribe.languages import tag_of

_SILENT = 0.001
"""A peak of −60 dBFS."""


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
