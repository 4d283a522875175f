"""Which tasks a plan has, and which parts each of them makes: named as ``plan`` and ``ladder_encode`` name them. Pure.

A task is named by what its subject ends with, ``<noun>.<asset_id>.<recipe>`` and, of encoding, its part.
"""

from collections.abc import Iterable

from contracts.v1 import AssetPlanned, Chunk

PICTURES = "pictures"
"""Stands for ``thumbnail.made`` among the parts, which else are those of ``chunk.encoded``."""

_TOKENS = {"encode": 3, "thumbnail": 2, "fetch": 2}


def tasks_of(plan: AssetPlanned) -> dict[str, set[str]]:
    """Return the parts that each task of a plan makes, by the task's name."""
    shares = {
        **({"copy": _shares("copy", plan.copied.chunks)} if plan.copied else {}),
        **{f"audio-{number}": _shares(f"audio-{number}", plan.chunks) for number in range(len(plan.audio))},
        **{part: {part} for part in _pictures(plan)},
    }
    encoding = {f"encode.{plan.asset_id}.{plan.recipe}.{part}": made for part, made in shares.items()}
    return {**encoding, f"thumbnail.{plan.asset_id}.{plan.recipe}": {PICTURES}}


def named(subjects: Iterable[str]) -> set[str]:
    """Return the names of the tasks that have these subjects; those of other kinds are left out."""
    tokens = [subject.split(".") for subject in subjects]
    return {".".join([own[2], *own[-_TOKENS[own[2]] :]]) for own in tokens if own[2] in _TOKENS}


def fetching(asset_id: str) -> str:
    """Return the name of the task that fetches an asset's original."""
    return f"fetch.{asset_id}.asset"


def _pictures(plan: AssetPlanned) -> list[str]:
    encoded = len(plan.encoded_rungs)
    head = [f"{_part(plan.chunks[0])}-head"] if encoded else []
    if plan.stage == "candidates":
        return head
    # The first chunk's lowest rung is the head.
    ladder = [_part(chunk) for chunk in plan.chunks if encoded - (chunk.index == 0) > 0]
    return [*head, *ladder, *(f"{_part(chunk)}-{own.name}" for own in plan.sets for chunk in plan.chunks)]


def _part(chunk: Chunk) -> str:
    return f"video-{chunk.index:05d}"


def _shares(part: str, chunks: Iterable[Chunk]) -> set[str]:
    return {f"{part}-{chunk.index:05d}" for chunk in chunks}
