"""Tables of what operators look at: dead letters, and what is held back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich.console import Group
from rich.json import JSON
from rich.table import Table
from rich.text import Text

from services.cli import words
from services.cli.tables import local_time, plain_table


def letters_table(letters: Iterable[dict[str, Any]]) -> Table:
    """Return dead letters as the console lists them."""
    table = plain_table(">ID", "SINCE", "REASON", "SERVICE", ">TRIES", "ASSET", "CODE", "")
    for letter in letters:
        table.add_row(
            str(letter["id"]),
            local_time(letter["at"]),
            letter["reason"],
            letter["service"],
            str(letter["tries"]),
            letter["asset_id"] or "",
            letter["code"],
            Text(letter["message"]),
        )
    return table


def letter_sheet(letter: dict[str, Any]) -> Group:
    """Return a dead letter with its message; print it with ``soft_wrap``."""
    names = ("id", "at", "reason", "service", "durable", "code", "message", "tries", "asset_id", "correlation_id")
    lines = [(name, letter[name]) for name in (*names, "stream", "sequence", "subject") if letter[name] is not None]
    head = [Text.assemble((f"{name:<16}", "bold"), str(said)) for name, said in lines]
    told = Text(letter["payload"]) if letter["document"] is None else JSON.from_data(letter["document"])
    return Group(*head, Text(), told)


def halted_table(durables: Iterable[dict[str, Any]]) -> Table:
    """Return durables and until when each is paused."""
    table = plain_table("READER", "STREAM", "SERVICE", "PAUSED UNTIL")
    for durable in durables:
        until = durable["paused_until"]
        shown = words.until(datetime.fromisoformat(until)) if until else ""
        table.add_row(durable["name"], durable["stream"], durable["service"], shown)
    return table
