"""Who says what to whom, as an AsyncAPI 3 document; ``python -m infra.asyncapi`` writes ``docs/asyncapi.json``.

Subjects and payloads follow from the contracts, who speaks and who listens from ``infra.roles``.

Source: AsyncAPI 3.0.0, https://www.asyncapi.com/docs/reference/specification/v3.0.0.
"""

from inspect import getattr_static
from pathlib import Path
from typing import Any

import msgspec

from contracts.bucket import Notification
from contracts.schema import FACTS, TASKS, as_text
from contracts.v1 import Alert, DeadLetter, Work
from infra.nats.topology import TOPOLOGY
from infra.roles import ROLES, Contract

DOCUMENT = Path("docs/asyncapi.json")

CONTRACTS: tuple[Contract, ...] = (Notification, *FACTS, *TASKS, DeadLetter, Alert)


class _Placeholders:
    """Stand in for an instance of a contract: its fields are their own names in braces."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def __getattr__(self, name: str) -> Any:
        if name in self.contract.__struct_fields__:
            return f"{{{name}}}"
        stated = getattr_static(self.contract, name)
        return stated.__get__(self) if isinstance(stated, property) else getattr(self.contract, name)


def address_of(contract: Contract) -> str:
    """Return a contract's subject with fields in braces, as ``media.v1.asset.ready.{asset_id}.{recipe}``."""
    return "bucket.{source}" if contract is Notification else str(_Placeholders(contract).subject)


def _queued_at(contract: Contract) -> str:
    """Return what is to be said of where a contract waits before it is taken, if it does."""
    if not (isinstance(contract, type) and issubclass(contract, Work)):
        return ""
    address = str(_Placeholders(contract).queue_subject)
    return f" Published to {address} of {_stream_of(address)}, where it waits until dispatch passes it on."


def _stream_of(address: str) -> str:
    return next(
        stream.name
        for stream in TOPOLOGY
        for subject in stream.subjects
        if address.startswith(subject.removesuffix(">"))
    )


def _channel(contract: Contract) -> dict[str, Any]:
    address = address_of(contract)
    fields = [token.strip("{}") for token in address.split(".") if token.startswith("{")]
    return {
        "address": address,
        "summary": (contract.__doc__ or "").partition("\n")[0],
        "description": f"JetStream stream {_stream_of(address)}.{_queued_at(contract)}",
        "parameters": {field: {} for field in fields},
        "messages": {contract.__name__: {"$ref": f"#/components/messages/{contract.__name__}"}},
    }


def _operations() -> dict[str, dict[str, Any]]:
    return {
        f"{who}.{action}.{contract.__name__}": _operation(action, contract)
        for who, role in ROLES.items()
        for action, contracts in (("receive", role.receives), ("send", role.sends))
        for contract in contracts
    }


def _operation(action: str, contract: Contract) -> dict[str, Any]:
    channel = f"#/channels/{contract.__name__}"
    messages = [{"$ref": f"{channel}/messages/{contract.__name__}"}]
    return {"action": action, "channel": {"$ref": channel}, "messages": messages}


def asyncapi_document() -> dict[str, Any]:
    """Return the AsyncAPI document of the bus: a channel for each contract, its speakers and listeners."""
    references, schemas = msgspec.json.schema_components(CONTRACTS, ref_template="#/components/schemas/{name}")
    payloads = zip(CONTRACTS, references, strict=True)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Headrace",
            "version": "1",
            "description": "Everything that happened to an asset is a fact on a NATS JetStream subject.",
        },
        "defaultContentType": "application/json",
        "channels": {contract.__name__: _channel(contract) for contract in CONTRACTS},
        "operations": _operations(),
        "components": {
            "messages": {
                contract.__name__: {"name": contract.__name__, "payload": payload} for contract, payload in payloads
            },
            "schemas": dict(sorted(schemas.items())),
        },
    }


def main() -> None:
    """Write the document to where it is kept."""
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(as_text(asyncapi_document()))


if __name__ == "__main__":
    main()
