"""What ``--json`` prints: one document, or one line for each event."""

import sys
from typing import Any

import msgspec

from services.cli.facts import Event


def print_json(document: Any) -> None:
    """Print one JSON document, indented."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")


def print_json_line(document: Any) -> None:
    """Print one JSON document on one line, at once."""
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    sys.stdout.flush()


def event_document(event: Event) -> dict[str, Any]:
    """Return an event for programs: what the tables show, and the whole fact."""
    fact = event.fact
    return {
        "at": event.at,
        "asset_id": fact.asset_id,
        "kind": fact.kind(),
        "part": getattr(fact, "part", None),
        "service": event.service,
        "fact": fact,
    }
