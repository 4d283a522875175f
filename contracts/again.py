"""Telling a fact once more to one durable alone: facts are stated once, and for everybody.

``again.v1.<durable>.<subject>`` lies in the stream of the facts, with the payload of what lies on the subject, when the
durable's handler failed with it or owes it an answer. Nobody else hears it, so that nothing happened twice.
"""

from collections.abc import Mapping
from typing import NamedTuple

ROOT = "again.v1"

SEQUENCE = "Headrace-Asked"
"""The header that says which message of the log waits for its answer; without it, an operator asked."""

_DURABLE, _ASSET = 2, 7


class Asked(NamedTuple):
    """Who was asked again about which asset, for an answer to the fact at ``sequence`` of the log."""

    durable: str
    asset_id: str
    sequence: int


def subject_for(durable: str, subject: str) -> str:
    """Return the subject on which one durable is told again of what lies on another one."""
    return f"{ROOT}.{durable}.{subject}"


def asked_about(asset_id: str) -> str:
    """Return the filter of everything that is told again about one asset."""
    return f"{ROOT}.*.*.*.*.*.{asset_id}.>"


def is_again(subject: str) -> bool:
    """Tell whether a message is for one durable alone."""
    return subject.startswith(f"{ROOT}.")


def asked_by(subject: str, headers: Mapping[str, str] | None) -> Asked | None:
    """Return what a message that is told again asks for; None where an operator asks."""
    tokens = subject.split(".")
    if headers is None or SEQUENCE not in headers:
        return None
    return Asked(tokens[_DURABLE], tokens[_ASSET], int(headers[SEQUENCE]))
