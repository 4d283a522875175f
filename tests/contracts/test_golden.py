"""Version 1 of the contracts is frozen: today's code reads what was written, and what it writes reads the same."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import msgspec
import pytest

from contracts import codec
from contracts.bucket import SUBJECT_FEED, Notification, message_id
from contracts.schema import DOCUMENT, FACTS, TASKS, as_text, contracts_schema
from contracts.v1 import DeadLetter

HERE = Path(__file__).parent
GOLDEN = {path.stem: path.read_bytes() for path in sorted((HERE / "golden").glob("*.json"))}
ADDRESSES: dict[str, dict[str, str]] = json.loads((HERE / "addresses.json").read_bytes())
FROZEN_SCHEMA: dict[str, Any] = json.loads((HERE / "schema.json").read_bytes())

MAPS = {"dead": "headers", "asset.awaited": "metadata", "asset.described": "metadata"}
"""The fields that are maps from names to texts, not structs."""

MESSAGES = {kind: payload for kind, payload in GOLDEN.items() if kind not in {"dead", "alert", "notification"}}


def read(kind: str, payload: bytes) -> Any:
    if kind == "dead":
        return codec.decode_dead_letter(payload)
    if kind == "alert":
        return codec.decode_alert(payload)
    if kind == "notification":
        return msgspec.json.decode(payload, type=Notification)
    return codec.decode(payload)


def write(kind: str, message: Any) -> bytes:
    return msgspec.json.encode(message) if kind == "notification" else codec.encode(message)


def struct_name(kind: str) -> str:
    return type(read(kind, GOLDEN[kind])).__name__


def lost(before: Any, after: Any, place: str = "$") -> list[str]:
    """Say where ``after`` lacks or changes something of ``before``; more fields are no loss."""
    if isinstance(before, dict) and isinstance(after, dict):
        gone = [f"{place}.{key}" for key in before.keys() - after.keys()]
        return gone + [
            at for key in before.keys() & after.keys() for at in lost(before[key], after[key], f"{place}.{key}")
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [at for i, pair in enumerate(zip(before, after, strict=True)) for at in lost(*pair, f"{place}[{i}]")]
    return [] if before == after and type(before) is type(after) else [place]


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths of everything inside a JSON value that is neither object nor array."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for i, inner in enumerate(value) for leaf in leaves(inner, (*path, i))]
    return [path]


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    """Return what lies at a path of a JSON value."""
    for step in path:
        value = value[step]
    return value


def replaced(value: Any, path: tuple[str | int, ...], new: object) -> Any:
    """Return a JSON value with something else at a path."""
    if not path:
        return new
    (step, *rest) = path
    copy = value.copy()
    copy[step] = replaced(value[step], tuple(rest), new)
    return copy


def with_unknown_fields(value: Any) -> Any:
    """Return a JSON value in which every object has one field more."""
    if isinstance(value, dict):
        return {**{key: with_unknown_fields(inner) for key, inner in value.items()}, "from_the_future": {"x": [1]}}
    return [with_unknown_fields(inner) for inner in value] if isinstance(value, list) else value


def validator(struct: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{struct}", "$defs": FROZEN_SCHEMA["$defs"]})


def test_every_contract_has_a_golden_file_and_every_file_a_contract() -> None:
    assert set(MESSAGES) == {contract.kind() for contract in (*FACTS, *TASKS)}
    assert set(ADDRESSES) == set(GOLDEN)


@pytest.mark.parametrize("kind", GOLDEN)
def test_today_reads_what_was_written_and_loses_nothing(kind: str) -> None:
    again = write(kind, read(kind, GOLDEN[kind]))

    assert lost(json.loads(GOLDEN[kind]), json.loads(again)) == []
    assert read(kind, again) == read(kind, GOLDEN[kind])


@pytest.mark.parametrize("kind", GOLDEN)
def test_yesterdays_schema_accepts_what_today_writes(kind: str) -> None:
    today = json.loads(write(kind, read(kind, GOLDEN[kind])))

    assert [error.json_path for error in validator(struct_name(kind)).iter_errors(today)] == []


@pytest.mark.parametrize("kind", GOLDEN)
def test_every_field_of_the_frozen_schema_stands_in_the_golden_files(kind: str) -> None:
    stated = FROZEN_SCHEMA["$defs"][struct_name(kind)]["properties"]

    assert set(json.loads(GOLDEN[kind])) == set(stated)


def still_is(today: dict[str, Any], frozen: dict[str, Any]) -> bool:
    """Tell whether a field is what it was; of values that are listed, more may have come."""
    told = {name: value for name, value in today.items() if name not in ("description", "enum")}
    was = {name: value for name, value in frozen.items() if name not in ("description", "enum")}
    return (
        told == was
        and ("enum" in today) == ("enum" in frozen)
        and {*frozen.get("enum", ())} <= {*today.get("enum", ())}
    )


def test_no_frozen_field_changed_and_new_ones_have_defaults() -> None:
    today = contracts_schema()["$defs"]
    changed = []
    for name, frozen in FROZEN_SCHEMA["$defs"].items():
        properties = today[name].get("properties", {})
        changed += [
            f"{name}.{field}"
            for field, schema in frozen.get("properties", {}).items()
            if not still_is(properties.get(field, {}), schema)
        ]
        changed += [
            f"{name}.{field}" for field in set(today[name].get("required", [])) ^ set(frozen.get("required", []))
        ]
        if today[name].get("prefixItems") != frozen.get("prefixItems"):
            changed.append(name)

    assert changed == []


@pytest.mark.parametrize("kind", GOLDEN)
def test_unknown_fields_are_accepted_everywhere(kind: str) -> None:
    extended = with_unknown_fields(json.loads(GOLDEN[kind]))
    if kind in MAPS:
        extended[MAPS[kind]] = {}

    assert struct_name(kind) == type(read(kind, json.dumps(extended).encode())).__name__


@pytest.mark.parametrize("kind", GOLDEN)
def test_no_field_takes_a_value_of_another_type(kind: str) -> None:
    golden = json.loads(GOLDEN[kind])
    assert leaves(golden)
    for path in leaves(golden):
        with pytest.raises(msgspec.DecodeError):
            read(kind, json.dumps(replaced(golden, path, {"not": "this"})).encode())


@pytest.mark.parametrize("kind", GOLDEN)
def test_numbers_are_not_read_from_text_nor_text_from_numbers(kind: str) -> None:
    golden = json.loads(GOLDEN[kind])
    for path in leaves(golden):
        other = 7 if isinstance(at(golden, path), str) else "7"
        with pytest.raises(msgspec.DecodeError):
            read(kind, json.dumps(replaced(golden, path, other)).encode())


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[]", b"null", b"{}", b'{"type":"asset.eaten","asset_id":"a"}', b"\xff"]
)
def test_what_is_no_contract_does_not_decode(payload: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        codec.decode(payload)


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_required_field_cannot_be_left_out(kind: str) -> None:
    golden = json.loads(GOLDEN[kind])
    for field in FROZEN_SCHEMA["$defs"][struct_name(kind)]["required"]:
        with pytest.raises(msgspec.ValidationError):
            codec.decode(json.dumps({name: value for name, value in golden.items() if name != field}).encode())


@pytest.mark.parametrize("kind", MESSAGES)
def test_subjects_and_message_ids_stay_as_they_are(kind: str) -> None:
    message = codec.decode(GOLDEN[kind])

    addresses = {
        "subject": message.subject,
        "message_id": message.message_id,
        "filter": type(message).subject_filter(),
    }
    assert addresses == ADDRESSES[kind]


def test_a_dead_letters_address_stays_as_it_is() -> None:
    letter = codec.decode_dead_letter(GOLDEN["dead"])

    assert {"subject": letter.subject, "message_id": letter.message_id} == ADDRESSES["dead"]


def test_an_alerts_address_stays_as_it_is() -> None:
    assert {"subject": codec.decode_alert(GOLDEN["alert"]).subject} == ADDRESSES["alert"]


def test_a_notifications_address_stays_as_it_is() -> None:
    (event,) = msgspec.json.decode(GOLDEN["notification"], type=Notification).events
    stated = event.s3.object

    identity = message_id(event.bucket, event.key, stated.size, stated.etag)
    assert {"subject": SUBJECT_FEED, "message_id": identity} == ADDRESSES["notification"]


def test_equal_messages_are_equal_bytes() -> None:
    letter = codec.decode_dead_letter(GOLDEN["dead"])
    one, other = (
        msgspec.structs.replace(letter, headers=headers) for headers in ({"a": "", "b": ""}, {"b": "", "a": ""})
    )

    assert codec.encode(one) == codec.encode(other)


def test_a_dead_letter_gives_the_message_back_whole() -> None:
    letter: DeadLetter = codec.decode_dead_letter(GOLDEN["dead"])

    assert codec.decode(letter.payload) == codec.decode(GOLDEN["asset.ingested"])


def test_the_schema_in_the_documentation_is_up_to_date() -> None:
    kept = HERE.parents[1] / DOCUMENT

    assert kept.read_text() == as_text(contracts_schema()), "Run `task contracts`."
