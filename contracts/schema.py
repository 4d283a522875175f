"""The JSON Schema of everything that is said on the bus; ``python -m contracts.schema`` writes ``docs/``."""

from pathlib import Path
from typing import Any, get_args

import msgspec

from contracts.base import Message
from contracts.bucket import Notification
from contracts.v1 import Alert, AnyFact, AnyTask, DeadLetter
from contracts.v1.operate import ENDPOINTS, Refusal

DOCUMENT = Path("docs/contracts.schema.json")
FACTS: tuple[type[Message], ...] = get_args(AnyFact)
TASKS: tuple[type[Message], ...] = get_args(AnyTask)
REQUESTS_AND_ANSWERS = (*dict.fromkeys(kind for pair in ENDPOINTS.values() for kind in pair), Refusal)


def contracts_schema() -> dict[str, Any]:
    """Return a JSON Schema (2020-12) that accepts facts, tasks, dead letters and alerts.

    ``$defs`` has one entry for each struct. ``Notification`` stands there alone, for it has no required field, and so
    does what operators ask and are answered, which lies in no stream.
    """
    messages = (*FACTS, *TASKS, DeadLetter, Alert)
    references, components = msgspec.json.schema_components(
        (*messages, Notification, *REQUESTS_AND_ANSWERS), ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Headrace contracts, version 1",
        "anyOf": list(references[: len(messages)]),
        "$defs": dict(sorted(components.items())),
    }


def as_text(document: object) -> str:
    """Return a document as it is kept in files: indented JSON, one newline at the end."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def main() -> None:
    """Write the schema to where it is kept."""
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(as_text(contracts_schema()))


if __name__ == "__main__":
    main()
