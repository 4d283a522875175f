"""Dead letters and holds are shown as they are, whatever is in them."""

import io
from datetime import UTC, datetime, timedelta

import msgspec
from rich.console import Console, RenderableType

from services.cli import words
from services.cli.operations_tables import halted_table, letter_sheet, letters_table
from services.operate.letter import whole_letter
from tests.dead import LETTER

AT = datetime(2026, 1, 1, tzinfo=UTC)


def printed(what: RenderableType) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(what, soft_wrap=True)
    return out.getvalue()


def told(**changes: object) -> dict[str, object]:
    letter = whole_letter(7, AT, msgspec.structs.replace(LETTER, **changes))
    return dict(msgspec.json.decode(msgspec.json.encode(letter)))


def test_brackets_in_messages_are_no_markup() -> None:
    letter = told(message="Check [red]this[/].", asset_id=None)
    assert "Check [red]this[/]." in printed(letters_table([letter]))
    assert "Check [red]this[/]." in printed(letter_sheet(letter))


def test_a_message_that_is_no_json_is_shown_as_its_bytes() -> None:
    assert "bm8ganNvbg==" in printed(letter_sheet(told(payload=b"no json")))


def test_a_hold_says_until_when() -> None:
    held = {"name": "encode_bulk", "stream": "TASKS", "service": "ladder_encode"}
    forever = (datetime.now(UTC) + timedelta(days=36_500)).isoformat()
    assert "resumed" in printed(halted_table([{**held, "paused_until": forever}]))
    assert "resumed" not in printed(halted_table([{**held, "paused_until": None}]))
    soon = datetime.now(UTC) + timedelta(hours=1)
    assert words.until(soon) == f"{soon.astimezone():%H:%M:%S}"
