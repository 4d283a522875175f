"""Asking again: a fact that waits for its answer is told once more, to the one durable that owes it.

``again.v1.<durable>.<asset_id>.<state>.<sequence>`` has the payload of the fact at ``sequence`` of the log. It lies in
the stream of the facts, so that the log says how often was asked, but nobody else hears it: nothing happened twice.
"""

from typing import NamedTuple

_ROOT = "again.v1"

EVERYTHING = f"{_ROOT}.>"


class Asked(NamedTuple):
    """What was asked of whom, and about which fact."""

    durable: str
    asset_id: str
    state: str
    sequence: int

    @property
    def subject(self) -> str:
        """Return the subject on which it is asked."""
        return f"{_ROOT}.{self.durable}.{self.asset_id}.{self.state}.{self.sequence}"


def asked_of(durable: str) -> str:
    """Return the filter of everything that one durable is asked again."""
    return f"{_ROOT}.{durable}.>"


def asked_about(asset_id: str) -> str:
    """Return the filter of everything that is asked again about one asset."""
    return f"{_ROOT}.*.{asset_id}.>"


def asked_on(subject: str) -> Asked | None:
    """Return what a message on a subject asks; None when it is on another root."""
    if not subject.startswith(f"{_ROOT}."):
        return None
    durable, asset_id, state, sequence = subject.removeprefix(f"{_ROOT}.").split(".")
    return Asked(durable, asset_id, state, int(sequence))
