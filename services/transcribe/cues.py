"""Cues that can be read, from words with times. Pure.

At most two lines of 42 characters, at most 17 characters a second where the speech allows, one sentence or part of one
at a time; a cue stays longer where the pause after it allows.

Source: the limits are those of Netflix's "Timed Text Style Guide: General Requirements" and its English template.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from services.transcribe.heard import Word

LINE_CHARACTERS = 42
LINES = 2
CHARACTERS_PER_S = 17.0
LEAST_S = 1.0
MOST_S = 7.0
PAUSE_S = 0.8
"""A silence that ends a cue."""

_SHORTEST_S = 0.1
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "।", "؟")
_CLAUSE_ENDS = (",", ";", ":", "–", "—", "、", "，", "؛", "،")
_CLOSING = "\"'”’»)]}"


class Cue(msgspec.Struct, frozen=True):
    """A piece of text, in lines, and when it is shown, in seconds."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]

    @property
    def characters(self) -> int:
        """Return how much there is to read."""
        return sum(map(len, self.lines))


def cues_of(words: Sequence[Word], duration_s: float) -> list[Cue]:
    """Return the cues of words in the order of time; none is shown beyond ``duration_s``, and no two at once."""
    spoken = [piece for word in words if word.text.strip() for piece in _pieces(word)]
    groups = [group for phrase in _joined(_phrases(spoken)) for group in _split(phrase)]
    return _timed(groups, duration_s)


def text_of(words: Sequence[Word]) -> str:
    """Return words as one line."""
    return " ".join("".join(word.text for word in words).split())


def lines_of(text: str) -> tuple[str, ...] | None:
    """Return a text in as few lines as it takes, the two nearly alike; None where two do not suffice."""
    if len(text) <= LINE_CHARACTERS:
        return (text,)
    ends = [at for at, character in enumerate(text) if character == " "]
    # Scripts without spaces break anywhere.
    breaks = [(text[:at], text[at + 1 :]) for at in ends] or [(text[:at], text[at:]) for at in range(1, len(text))]
    fitting = [pair for pair in breaks if max(map(len, pair)) <= LINE_CHARACTERS]
    return min(fitting, key=_unevenness, default=None)


def _unevenness(lines: tuple[str, str]) -> int:
    upper, lower = lines
    return abs(len(upper) - len(lower)) - (LINE_CHARACTERS // 2 if upper.endswith(_CLAUSE_ENDS) else 0)


def _pieces(word: Word) -> Iterator[Word]:
    """Yield a word, or parts of one that is longer than a line, each with its share of the time."""
    text = word.text.rstrip()
    if len(text) <= LINE_CHARACTERS:
        yield word
        return
    each_s = (word.end_s - word.start_s) / len(text)
    for at in range(0, len(text), LINE_CHARACTERS):
        part = text[at : at + LINE_CHARACTERS]
        start_s = word.start_s + at * each_s
        yield Word(start_s, start_s + len(part) * each_s, part if at == 0 else f" {part}", word.confidence)


def _phrases(words: Sequence[Word]) -> list[list[Word]]:
    """Return words by sentence, cut at pauses as well."""
    phrases: list[list[Word]] = []
    for before, word in zip([None, *words], words, strict=False):
        if before is None or _ends(before, _SENTENCE_ENDS) or word.start_s - before.end_s >= PAUSE_S:
            phrases.append([])
        phrases[-1].append(word)
    return phrases


def _ends(word: Word, marks: tuple[str, ...]) -> bool:
    return word.text.rstrip().rstrip(_CLOSING).endswith(marks)


def _joined(phrases: list[list[Word]]) -> Iterator[list[Word]]:
    """Yield phrases; what would be gone before it is read goes with what follows at once, or with what was before."""
    held: list[Word] = []
    for phrase in phrases:
        if held and not _belongs(held, phrase):
            yield held
            held = []
        held = [*held, *phrase]
    if held:
        yield held


def _belongs(held: list[Word], phrase: list[Word]) -> bool:
    is_short = min(_length_s(held), _length_s(phrase)) < LEAST_S
    return is_short and phrase[0].start_s - held[-1].end_s < PAUSE_S and _fits([*held, *phrase])


def _length_s(words: Sequence[Word]) -> float:
    return words[-1].end_s - words[0].start_s


def _fits(words: Sequence[Word]) -> bool:
    return _length_s(words) <= MOST_S and lines_of(text_of(words)) is not None


def _split(words: list[Word]) -> Iterator[list[Word]]:
    """Yield a phrase in parts that fit, cut near the middle, best where a clause ends."""
    if len(words) == 1 or _fits(words):
        yield words
        return
    cut = min(range(1, len(words)), key=lambda at: _cost(words, at))
    yield from _split(words[:cut])
    yield from _split(words[cut:])


def _cost(words: Sequence[Word], cut: int) -> float:
    """Return how bad it is to cut before a word: far from the middle is bad, after a clause or a breath is good."""
    before, after = len(text_of(words[:cut])), len(text_of(words[cut:]))
    breath_s = max(0.0, words[cut].start_s - words[cut - 1].end_s)
    is_clause = _ends(words[cut - 1], _CLAUSE_ENDS)
    return abs(before - after) / (before + after) - (0.3 if is_clause else 0.0) - min(0.3, breath_s)


def _timed(groups: list[list[Word]], duration_s: float) -> list[Cue]:
    cues: list[Cue] = []
    starts = [group[0].start_s for group in groups]
    for group, (start_s, next_s) in zip(groups, pairwise([*starts, duration_s]), strict=True):
        text = text_of(group)
        lines = lines_of(text) or (text,)
        first_s = max(0.0, start_s, cues[-1].end_s if cues else 0.0)
        wanted_s = max(group[-1].end_s, first_s + max(LEAST_S, len(text) / CHARACTERS_PER_S))
        last_s = min(wanted_s, max(next_s, first_s + _SHORTEST_S), duration_s)
        if last_s > first_s:
            cues.append(Cue(round(first_s, 3), round(last_s, 3), lines))
    return cues
