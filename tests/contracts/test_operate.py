"""What operators ask and are answered is frozen, as facts are: today's code reads it and writes the same."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import msgspec
import pytest

from contracts.schema import REQUESTS_AND_ANSWERS, contracts_schema
from contracts.v1 import DeadLetter
from contracts.v1.operate import ENDPOINTS, Asked, HaltAsked, LettersChosen, PauseAsked

GOLDEN = {path.stem: path.read_bytes() for path in (Path(__file__).parent / "golden" / "operate").glob("*.json")}
KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (*REQUESTS_AND_ANSWERS, DeadLetter)}


def test_every_request_and_answer_has_a_golden_file() -> None:
    assert set(GOLDEN) == set(KINDS)


@pytest.mark.parametrize("name", GOLDEN)
def test_today_reads_what_was_written_and_writes_the_same(name: str) -> None:
    read = msgspec.json.decode(GOLDEN[name], type=KINDS[name])
    written = msgspec.json.encode(read)
    assert json.loads(written) == json.loads(GOLDEN[name])
    document = contracts_schema()
    schema = {"$ref": f"#/$defs/{name}", "$defs": document["$defs"]}
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(json.loads(written))) == []


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if issubclass(kind, Asked)])
def test_requests_refuse_what_they_do_not_know(name: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps({**json.loads(GOLDEN[name]), "servcie": "probe"}), type=KINDS[name])


@pytest.mark.parametrize("name", [answer.__name__ for _, answer in ENDPOINTS.values()])
def test_answers_say_their_version_and_may_grow(name: str) -> None:
    golden = json.loads(GOLDEN[name])
    assert golden["type"].startswith("headrace.")
    assert golden["type"].endswith(".v1")
    assert msgspec.json.decode(json.dumps({**golden, "from_the_future": 1}), type=KINDS[name])


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (PauseAsked, "{}"),
        (PauseAsked, '{"lane": "bulk", "service": "probe"}'),
        (PauseAsked, '{"lane": "bulk", "for_s": 0}'),
        (HaltAsked, '{"durable": "a.>"}'),
        (LettersChosen, "{}"),
        (LettersChosen, '{"every": false}'),
        (LettersChosen, '{"every": true, "service": "probe"}'),
        (LettersChosen, '{"ids": [1], "every": true}'),
        (LettersChosen, '{"ids": [0]}'),
    ],
)
def test_what_is_meant_must_be_clear(kind: type[Asked], asked: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(asked, type=kind)


def test_a_letter_of_one_durable_is_no_second_letter_of_another() -> None:
    letter = msgspec.json.decode(GOLDEN["DeadLetter"], type=DeadLetter)
    other = msgspec.structs.replace(letter, durable="plan")
    assert letter.message_id != other.message_id
