"""The AsyncAPI document says what the code does."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from faststream.specification.asyncapi.v3_0_0.schema.schema import ApplicationSchema

from contracts import codec
from contracts.bucket import SUBJECT_FEED, SUBJECT_LISTING, Notification
from contracts.schema import as_text
from contracts.v1 import Alert, DeadLetter
from infra.asyncapi import CONTRACTS, DOCUMENT, address_of, asyncapi_document
from infra.nats.topology import TOPOLOGY
from infra.roles import ROLES, Contract

HERE = Path(__file__).parent
SUBJECTS: dict[str, str] = {
    kind: at["subject"] for kind, at in json.loads((HERE / "addresses.json").read_text()).items()
}
HANDLING = [name for name, role in ROLES.items() if role.receives and name not in {"catalog", "notify", "reconcile"}]


def contract_of(kind: str) -> Contract:
    payload = (HERE / "golden" / f"{kind}.json").read_bytes()
    untagged: dict[str, Contract] = {"notification": Notification, "dead": DeadLetter, "alert": Alert}
    return untagged.get(kind) or type(codec.decode(payload))


def passes(subject_filter: str, subject: str) -> bool:
    """Tell whether NATS delivers a subject through a filter."""
    wanted, tokens = subject_filter.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted, tokens = wanted[:-1], tokens[: len(wanted) - 1]
    return len(wanted) == len(tokens) and all(a in {"*", b} for a, b in zip(wanted, tokens, strict=True))


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for inner in value.values() for found in references(inner)]
    return [found for inner in value for found in references(inner)] if isinstance(value, list) else []


def test_the_document_is_up_to_date() -> None:
    assert (HERE.parents[1] / DOCUMENT).read_text() == as_text(asyncapi_document()), "Run `task contracts`."


def test_the_document_is_asyncapi() -> None:
    assert ApplicationSchema.model_validate(asyncapi_document()).asyncapi == "3.0.0"


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi_document()
    found = references(document)

    assert found
    for reference in found:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


@pytest.mark.parametrize("kind", SUBJECTS)
def test_an_address_is_its_subject_with_names_for_values(kind: str) -> None:
    tokens = ["*" if token.startswith("{") else token for token in address_of(contract_of(kind)).split(".")]

    assert passes(".".join(tokens), SUBJECTS[kind])


def test_every_contract_has_somebody_who_says_it() -> None:
    assert {contract for role in ROLES.values() for contract in role.sends} == set(CONTRACTS)


def test_each_durable_has_a_listener_and_each_listener_a_durable() -> None:
    filters = [subject for stream in TOPOLOGY for durable in stream.durables for subject in durable.subjects]
    delivered = {
        contract_of(kind)
        for kind, subject in SUBJECTS.items()
        for subject_filter in filters
        if passes(subject_filter, subject)
    }

    assert delivered == {contract for name in HANDLING for contract in ROLES[name].receives}


def test_both_ways_to_announce_reach_ingest() -> None:
    (ingest,) = next(stream for stream in TOPOLOGY if stream.name == "BUCKET").durables

    assert all(passes(ingest.subjects[0], subject) for subject in (SUBJECT_FEED, SUBJECT_LISTING))


@pytest.mark.parametrize("name", HANDLING)
def test_a_services_handlers_take_what_the_document_says(name: str) -> None:
    build = import_module(f"services.{name}.app").build
    service = build(get_type_hints(build)["settings"]())
    handlers = [call.handler._original_call for each in service.broker.subscribers for call in each.calls]
    taken = {
        kind
        for handler in handlers
        for event in [next(iter(get_type_hints(handler).values()))]
        for kind in (get_args(event) or (event,))
    }

    assert taken == set(ROLES[name].receives)
