"""What is to be heard for a task, where it lies, and whether it was. Pure."""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from contracts.keys import captions_key, policy_of
from contracts.v1 import CaptionsMade, TranscribeAudio
from services.transcribe.heard import Model, Order, Window
from services.transcribe.languages import code_of
from services.transcribe.wishes import Wishes

BEAMS = {"fast": 1, "balanced": 3, "best": 5}


class Kept(msgspec.Struct, frozen=True):
    """A finished window, and what it is an answer to."""

    asked: str
    window: Window


def order_of(task: TranscribeAudio, wishes: Wishes, model: Model) -> Order:
    """Return what is to be heard for a task, from its beginning on, as it says itself, else as its profile wishes."""
    own = wishes.of(task.profile)
    return Order(
        model=model,
        stream_index=task.source.index,
        timeline_start_s=task.timeline_start_s,
        duration_s=task.duration_s,
        language=code_of(task.language or own.language),
        translate=own.translate if task.translate is None else task.translate,
        beam_size=BEAMS.get(task.profile, BEAMS["fast"]),
        hotwords=", ".join(filter(None, (own.hotwords, task.hotwords))),
        vad=own.vad,
        batch=own.batch,
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
