"""Cues that can be read: lines, characters, speed, sentences and pauses."""

import time
from itertools import pairwise
from random import Random

import pytest

from services.runtime.webvtt import read_text_track
from services.transcribe.cues import CHARACTERS_PER_S, Cue, cues_of
from services.transcribe.heard import Word
from services.transcribe.lines import LINE_CHARACTERS, LINES, lines_of
from services.transcribe.webvtt import webvtt


def spoken(text: str, start_s: float = 0.0, each_s: float = 0.3) -> list[Word]:
    """Return a text's words as someone says them, one after another."""
    return [
        Word(start_s + number * each_s, start_s + (number + 1) * each_s, f" {word}", 0.9)
        for number, word in enumerate(text.split())
    ]


def shown(cues: list[Cue]) -> list[str]:
    return ["|".join(cue.lines) for cue in cues]


LONG = (
    "When the first travellers came down from the hills, they found a river that was wider than any they had seen, "
    "and beyond it a plain without a tree, without a stone, and without an end."
)


SPOKEN = [
    " a", " is", " nothing,", " travellers", " No.", " Why?", " Donaudampfschifffahrtsgesellschaft",
    " " + "x" * 90, " &", " <i>", " -->", "字", "語", "。", "、", " שלום", " مرحبا،", " 👩‍👩‍👧", " é", "'s", " -", " …",
]  # fmt: skip


def anything(random: Random) -> list[Word]:
    """Return words as no grammar and no clock would have them, but in the order of time."""
    words, at_s = list[Word](), 10 * random.random()
    pool, longest_s = random.sample(SPOKEN, random.randint(1, 8)), random.choice([0.0, 0.05, 0.3, 2.0, 12.0])
    for _ in range(random.randint(1, 120)):
        length_s = longest_s * random.random()
        words.append(Word(at_s, at_s + length_s, random.choice(pool), random.random()))
        at_s += random.choice([0.0, 0.5 * length_s, length_s, length_s, length_s, length_s + random.random()])
    return words


@pytest.mark.parametrize("seed", range(100))
def test_whatever_is_said_can_be_read(seed: int) -> None:
    words = anything(Random(seed))
    duration_s = words[-1].end_s + 60 + Random(seed).random() / 1000
    cues = cues_of(words, duration_s)

    assert "".join("".join(cue.lines) for cue in cues).replace(" ", "") == "".join(word.text for word in words).replace(
        " ", ""
    )
    for cue in cues:
        assert 1 <= len(cue.lines) <= LINES
        assert all(line.strip() == line and 1 <= len(line) <= LINE_CHARACTERS for line in cue.lines)
    starts_s = [*(cue.start_s for cue in cues[1:]), duration_s]
    for cue, next_s in zip(cues, starts_s, strict=True):
        assert 0 <= cue.start_s < cue.end_s <= next_s + 0.001
        reading_s = sum(map(len, cue.lines)) / CHARACTERS_PER_S
        assert cue.end_s - cue.start_s >= reading_s - 0.001 or cue.end_s == pytest.approx(next_s, abs=0.001)
    read = read_text_track(webvtt(cues))
    assert [(cue.start_s, cue.end_s) for cue in read] == [(cue.start_s, cue.end_s) for cue in cues]


@pytest.mark.parametrize("at", range(20))
def test_a_cue_at_the_very_end_can_be_read_again_or_is_none(at: int) -> None:
    duration_s = 9.0001 + at / 7000
    for word_s in (duration_s - 0.0004, duration_s - 0.0009, duration_s):
        cues = cues_of([*spoken("Before."), Word(word_s, word_s + 1, " Late.", 0.5)], duration_s)
        assert len(read_text_track(webvtt(cues))) == len(cues)


def test_hours_without_a_sentence_take_time_by_their_length_alone() -> None:
    def taken_s(words: int) -> float:
        began = time.process_time()
        cues_of(spoken("so " * words), words)
        return time.process_time() - began

    short_s, long_s = min(taken_s(2_000) for _ in range(3)), taken_s(20_000)
    # Ten times the words take a hundred times as long where each is compared with all others.
    assert long_s < 50 * max(short_s, 0.002)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello there.", ["Hello there."]),
        ("The first one stands. The second does, too.", ["The first one stands.", "The second does, too."]),
        ("No. It was not me.", ["No. It was not me."]),
        ("We came, since they asked us, to the old house.", ["We came, since they asked us,|to the old house."]),
    ],
)  # fmt: skip
def test_text_is_cut_at_sentences_and_lines_at_clauses(text: str, expected: list[str]) -> None:
    assert shown(cues_of(spoken(text), 60.0)) == expected


def test_no_cue_has_more_than_two_lines_of_42_characters_and_nothing_is_lost() -> None:
    cues = cues_of(spoken(LONG), 60.0)

    assert len(cues) > 2
    assert all(len(cue.lines) <= 2 and max(map(len, cue.lines)) <= LINE_CHARACTERS for cue in cues)
    assert " ".join(line for cue in cues for line in cue.lines) == LONG
    assert shown(cues)[0].endswith(",")


def test_cues_never_overlap_and_follow_the_words() -> None:
    words = spoken(LONG)
    cues = cues_of(words, 60.0)

    assert all(before.end_s <= after.start_s for before, after in pairwise(cues))
    starts = {round(word.start_s, 3) for word in words}
    assert all(cue.start_s in starts for cue in cues)


def test_a_cue_stays_as_long_as_reading_takes_where_a_pause_allows() -> None:
    hasty = [*spoken("Extraordinarily complicated circumstances prevailed.", each_s=0.1), *spoken("Later.", 10.0)]
    first, _ = cues_of(hasty, 60.0)

    assert first.end_s - first.start_s == pytest.approx(first.characters / CHARACTERS_PER_S, abs=0.1)


def test_no_cue_is_shown_after_the_end() -> None:
    (cue,) = cues_of(spoken("A long goodbye.", 8.5), 9.2)
    assert cue.end_s == 9.2
    assert cues_of(spoken("Too late.", 12.0), 9.6) == []


def test_a_pause_ends_a_cue_in_the_middle_of_a_sentence() -> None:
    words = [*spoken("And the winner is"), *spoken("nobody at all.", 4.0)]
    assert shown(cues_of(words, 60.0)) == ["And the winner is", "nobody at all."]


def test_a_word_longer_than_a_line_is_broken() -> None:
    cues = cues_of([Word(0.0, 3.0, " " + "x" * 100, 0.5)], 60.0)
    assert all(len(line) <= LINE_CHARACTERS for cue in cues for line in cue.lines)
    assert sum(cue.characters for cue in cues) == 100


def test_scripts_without_spaces_are_broken_anywhere() -> None:
    words = [Word(number * 0.1, number * 0.1 + 0.1, "字", 0.9) for number in range(70)]
    cues = cues_of(words, 60.0)
    assert all(max(map(len, cue.lines)) <= LINE_CHARACTERS for cue in cues)
    assert "".join(line for cue in cues for line in cue.lines) == "字" * 70


def test_words_without_duration_give_cues_with_one() -> None:
    cues = cues_of([Word(2.0, 2.0, f" word{number}.", 0.1) for number in range(30)], 60.0)
    assert all(cue.end_s > cue.start_s for cue in cues)
    assert all(before.end_s <= after.start_s for before, after in pairwise(cues))


def test_nothing_said_gives_no_cue() -> None:
    assert cues_of([], 60.0) == []
    assert cues_of([Word(0.0, 1.0, " ", 0.9)], 60.0) == []


@pytest.mark.parametrize("length", [1, 42, 43, 80])
def test_lines_are_as_few_as_can_be(length: int) -> None:
    text = ("abcd " * 20)[:length].strip()
    lines = lines_of(text)
    assert lines is not None
    assert len(lines) == (1 if len(text) <= LINE_CHARACTERS else 2)


def test_webvtt_is_what_players_read() -> None:
    cues = [Cue(0.0, 1.5, ("Salt & <pepper>",)), Cue(3661.25, 3662.0, ("upper", "lower"))]
    assert webvtt(cues) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nSalt &amp; &lt;pepper&gt;\n\n"
        "01:01:01.250 --> 01:01:02.000\nupper\nlower\n"
    )
    assert webvtt([]) == "WEBVTT\n"
