"""With a real model, whose folder or name ``HEADRACE_WHISPER_MODEL`` tells: what is written down is what was said."""

import os
import re
from pathlib import Path

import pytest

from services.transcribe.heard import Model, Order
from services.transcribe.media.listen import listen
from services.transcribe.model import model_folder

SPEECH = Path(__file__).parents[4] / "shared" / "media" / "jfk.flac"
SAID = [
    "and", "so", "my", "fellow", "americans", "ask", "not", "what", "your", "country", "can", "do", "for", "you",
    "ask", "what", "you", "can", "do", "for", "your", "country",
]  # fmt: skip


def errors(said: list[str], heard: list[str]) -> int:
    """Return how many words were missed, added or replaced."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, 1):
        before, row = row, [at]
        for place, other in enumerate(heard, 1):
            row.append(min(before[place] + 1, row[-1] + 1, before[place - 1] + (word != other)))
    return row[-1]


def test_errors_are_counted_in_words() -> None:
    assert errors(SAID, SAID) == 0
    assert errors(["ask", "not", "what"], ["ask", "what", "now"]) == 2


@pytest.mark.skipif(
    not os.environ.get("HEADRACE_WHISPER_MODEL") or not SPEECH.exists(), reason="needs a real model, and the recording"
)
async def test_at_most_one_word_in_ten_is_wrong() -> None:
    folder = await model_folder(os.environ["HEADRACE_WHISPER_MODEL"])
    assert isinstance(folder, Path)
    model = Model(str(folder), "cpu", "int8", 2)
    order = Order(model=model, stream_index=0, timeline_start_s=0.0, duration_s=60.0)
    heard = "".join(word.text for window in listen(str(SPEECH), order) for word in window.words).lower()
    assert errors(SAID, re.findall(r"[a-z']+", heard)) / len(SAID) <= 0.1
