"""Which tasks a plan has, and which parts each of them makes: named as ``plan`` and ``ladder_encode`` name them. Pure.

Tasks are named as ``services.runtime.queues`` does.
"""

from collections.abc import Iterable

from contracts.v1 import AssetPlanned, Chunk

PICTURES = "pictures"
"""Stands for ``thumbnail.made`` among the parts, which else are those of ``chunk.encoded``."""


def tasks_of(plan: AssetPlanned) -> dict[str, set[str]]:
    """Return the parts that each task of a plan makes, by the task's name."""
    shares = {
        **({"copy": _shares("copy", plan.copied.chunks)} if plan.copied else {}),
        **{f"audio-{number}": _shares(f"audio-{number}", plan.chunks) for number in range(len(plan.audio))},
        **{part: {part} for part in _pictures(plan)},
    }
    encoding = {f"encode.{plan.asset_id}.{plan.recipe}.{part}": made for part, made in shares.items()}
    return {**encoding, f"thumbnail.{plan.asset_id}.{plan.recipe}": {PICTURES}}


def fetching(asset_id: str) -> str:
    """Return the name of the task that fetches an asset's original."""
    return f"fetch.{asset_id}.asset"


def probing(asset_id: str) -> str:
    """Return the name of the task that looks at an asset's original."""
    return f"probe.{asset_id}.asset"


def transcribing(asset_id: str, track: str) -> str:
    """Return the name of the task that writes down what is said in an asset as a text track."""
    return f"transcribe.{asset_id}.{track}"


def remaking(asset_id: str, recipe: str) -> str:
    """Return what the names of all tasks hold that are done for an asset under a recipe."""
    return f".{asset_id}.{recipe}"


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
