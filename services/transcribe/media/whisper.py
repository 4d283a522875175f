"""What Whisper hears in a piece of sound; the model is loaded once in a process.

Words are doubted before they are believed: sound without a voice is left out (Silero VAD), and so is what the model
itself takes for silence, or what repeats itself as its inventions do.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.transcribe import Segment, TranscriptionInfo, restore_speech_timestamps
from faster_whisper.vad import VadOptions, collect_chunks, get_speech_timestamps

from services.runtime.errors import Permanent
from services.transcribe.heard import Model, Order, Word
from services.transcribe.media.sound import RATE_HZ, Samples

NO_SPEECH = 0.6
UNSURE = -1.0
REPETITIVE = 2.4
"""Where Whisper's authors draw the lines: probability of no speech, mean log probability, compression ratio."""

_SILENCE_S = 2.0
# Nobody says a word in less, whatever a model makes of it.
_SHORTEST_S = 0.2


class Heard(NamedTuple):
    """Words with times from the beginning of the sound, and the language that they are in, or were translated from."""

    words: list[Word]
    language: str
    language_probability: float


def hear(samples: Samples, order: Order, language: str) -> Heard | None:
    """Return what is said in mono sound of 16 kHz; None where there is no voice.

    Raises: Permanent: ``model_unusable``, ``language_unknown``.
    """
    model = _loaded(order.model)
    if language and not _knows(model, language):
        message = f"The Whisper model knows no language `{language}`; ask for another one, or let it be found out."
        raise Permanent("language_unknown", message)
    if len(samples) < _SHORTEST_S * RATE_HZ:
        return None
    if order.batch > 1:
        return _heard(*_batched(model, samples, order, language))
    if not order.vad:
        return _heard(*model.transcribe(samples, **_options(order, language)))
    speech = get_speech_timestamps(samples, VadOptions())
    if not speech:
        return None
    pieces, _ = collect_chunks(samples, speech)
    segments, info = model.transcribe(np.concatenate(pieces), **_options(order, language))
    return _heard(restore_speech_timestamps(segments, speech, RATE_HZ), info)


def is_credible(no_speech: float, log_probability: float, compression: float) -> bool:
    """Tell whether what a model says of a piece may be what was said."""
    return compression <= REPETITIVE and not (no_speech > NO_SPEECH and log_probability < UNSURE)


def _knows(model: WhisperModel, language: str) -> bool:
    if not model.model.is_multilingual:
        return language == "en"
    return language in model.supported_languages and model.hf_tokenizer.token_to_id(f"<|{language}|>") is not None


def _batched(
    model: WhisperModel, samples: Samples, order: Order, language: str
) -> tuple[Iterable[Segment], TranscriptionInfo]:
    # It cannot do without finding voices, by which it cuts.
    heard: tuple[Iterable[Segment], TranscriptionInfo] = BatchedInferencePipeline(model).transcribe(
        samples, vad_filter=True, batch_size=order.batch, without_timestamps=False, **_options(order, language)
    )
    return heard


def _options(order: Order, language: str) -> dict[str, object]:
    return {
        "language": language or None,
        "task": "translate" if order.translate else "transcribe",
        "beam_size": order.beam_size,
        "hotwords": order.hotwords or None,
        "word_timestamps": True,
        # What was misheard once is else heard again and again.
        "condition_on_previous_text": False,
        "hallucination_silence_threshold": _SILENCE_S,
    }


def _heard(segments: Iterable[Segment], info: TranscriptionInfo) -> Heard:
    words = [
        Word(float(word.start), float(word.end), word.word, float(word.probability))
        for segment in segments
        if is_credible(segment.no_speech_prob, segment.avg_logprob, segment.compression_ratio)
        for word in segment.words or ()
    ]
    return Heard(words, info.language, float(info.language_probability))


@lru_cache(maxsize=1)
def _loaded(model: Model) -> WhisperModel:
    try:
        return WhisperModel(
            model.folder,
            device=model.device,
            compute_type=model.compute_type,
            cpu_threads=model.threads,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        message = f"The Whisper model in {model.folder} cannot be loaded on {model.device}: {error}"
        raise Permanent("model_unusable", message) from error
