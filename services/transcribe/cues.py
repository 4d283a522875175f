"""Cues that can be read, from words with times. Pure.

At most two lines of 42 characters, at most 17 characters a second where the speech allows, one sentence or part of one
at a time; a cue stays longer where the pause after it allows.

Source: the limits are those of Netflix's "Timed Text Style Guide: General Requirements" and its English template.
"""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from services.transcribe.heard import Word
from services.transcribe.lines import lines_of
from services.transcribe.phrases import LEAST_S, groups_of, text_of

CHARACTERS_PER_S = 17.0

_SHORTEST_S = 0.1


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
    groups = groups_of(words)
    cues: list[Cue] = []
    starts = [group[0].start_s for group in groups]
    for group, (start_s, next_s) in zip(groups, pairwise([*starts, duration_s]), strict=True):
        text = text_of(group)
        lines = lines_of(text) or (text,)
        # To the millisecond, as a file holds them: a cue that ends at once is none.
        first_s = round(max(0.0, start_s, cues[-1].end_s if cues else 0.0), 3)
        wanted_s = max(group[-1].end_s, first_s + max(LEAST_S, len(text) / CHARACTERS_PER_S))
        last_s = round(min(wanted_s, max(next_s, first_s + _SHORTEST_S), duration_s), 3)
        if last_s > first_s:
            cues.append(Cue(first_s, last_s, lines))
    return cues
