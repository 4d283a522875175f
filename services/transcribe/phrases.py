"""Words in groups that one cue can hold: a sentence or part of one, cut at clauses and pauses. Pure."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from services.transcribe.heard import Word
from services.transcribe.lines import CLAUSE_ENDS, LINE_CHARACTERS, lines_of

LEAST_S = 1.0
MOST_S = 7.0
PAUSE_S = 0.8
"""A silence that ends a cue."""

_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "।", "؟")
_CLOSING = "\"'”’»)]}"


def groups_of(words: Sequence[Word]) -> list[list[Word]]:
    """Return words in the order of time, in groups of at most two lines; what is longer than a line is broken."""
    spoken = [piece for word in words if word.text.strip() for piece in _pieces(word)]
    return [group for phrase in _joined(_phrases(spoken)) for group in _split(phrase)]


def text_of(words: Sequence[Word]) -> str:
    """Return words as one line."""
    return " ".join("".join(word.text for word in words).split())


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
    # Hours may pass without a sentence's end: nothing is counted twice.
    ends = list(accumulate(len(word.text) for word in words))
    cut = min(range(1, len(words)), key=lambda at: _cost(words, at, ends[at - 1] / ends[-1]))
    yield from _split(words[:cut])
    yield from _split(words[cut:])


def _cost(words: Sequence[Word], cut: int, share: float) -> float:
    """Return how bad it is to cut before a word: far from the middle is bad, after a clause or a breath is good.

    ``share`` is how much of the text lies before.
    """
    breath_s = max(0.0, words[cut].start_s - words[cut - 1].end_s)
    is_clause = _ends(words[cut - 1], CLAUSE_ENDS)
    return abs(2 * share - 1) - (0.3 if is_clause else 0.0) - min(0.3, breath_s)
