"""Listening to an original: its sound is cut into windows, and each is told with its words as soon as it was heard."""

from collections.abc import Iterator

from services.transcribe.heard import Order, Window, Word
from services.transcribe.media.sound import RATE_HZ, Samples, timeline_samples
from services.transcribe.media.windows import windows


def listen(url: str, order: Order) -> Iterator[Window]:
    """Yield windows of the timeline, one after another; words carry their times on it.

    Raises: Permanent: ``model_unusable``, ``language_unknown``, ``undecodable_audio``, or what reading the original
        raises.
    """
    at, language = order.from_s, order.language
    for samples in windows(timeline_samples(url, order), order.window_s):
        window = _heard(samples, at, order, language)
        at, language = window.end_s, language or window.language
        yield window


def _heard(samples: Samples, start_s: float, order: Order, language: str) -> Window:
    # The service itself, which knows this module, does without a hundred megabytes of libraries.
    from services.transcribe.media.whisper import hear  # noqa: PLC0415

    end_s, peak = start_s + len(samples) / RATE_HZ, float(max(samples.max(), -samples.min()))
    heard = hear(samples, order, language) if peak > 0 else None
    if heard is None or not heard.words:
        return Window(start_s=start_s, end_s=end_s, peak=peak, words=[])
    words = [
        Word(start_s + word.start_s, start_s + word.end_s, word.text, round(word.confidence, 3)) for word in heard.words
    ]
    return Window(
        start_s=start_s,
        end_s=end_s,
        peak=peak,
        words=words,
        language=heard.language,
        language_probability=round(heard.language_probability, 3),
    )
