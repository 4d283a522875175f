"""Cutting sound into windows where somebody pauses: what is finished of a long original is kept, window by window."""

from collections.abc import Iterable, Iterator

import numpy as np

from services.transcribe.media.sound import RATE_HZ, Samples

SEARCHED_S = 60.0
"""A window ends at the quietest moment of its last minute."""

_PAUSE_S = 0.4
_STEP_S = 0.02


def windows(sound: Iterable[Samples], window_s: float) -> Iterator[Samples]:
    """Yield sound in windows of at most ``window_s``; none is empty."""
    most = round(window_s * RATE_HZ)
    held: list[Samples] = []
    count = 0
    for samples in sound:
        held.append(samples)
        count += len(samples)
        while count >= most:
            joined = np.concatenate(held)
            cut = quietest(joined[:most])
            # While a window is heard, nothing is held twice.
            held, count = [joined[cut:].copy()], count - cut
            yield joined[:cut]
    if count:
        yield np.concatenate(held)


def quietest(window: Samples) -> int:
    """Return the sample in the middle of the quietest moment of a window's end, of several the last."""
    step, moment = round(_STEP_S * RATE_HZ), round(_PAUSE_S / _STEP_S)
    searched = min(round(SEARCHED_S * RATE_HZ), len(window) // 2) // step
    tail = window[len(window) - searched * step :]
    energy = np.square(tail, dtype=np.float64).reshape(searched, step).sum(axis=1)
    around = np.convolve(energy, np.ones(min(moment, searched)), mode="valid")
    # What sounds alike but for noise is alike.
    last = np.flatnonzero(around <= around.min() * 1.05 + 1e-9)[-1]
    return len(window) - searched * step + (int(last) + min(moment, searched) // 2) * step
