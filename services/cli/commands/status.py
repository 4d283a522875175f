"""``headrace status``: what is up, what is down, and what waits in the streams."""

import argparse

import msgspec
from rich.console import Group
from rich.table import Table
from rich.text import Text

from services.cli import words
from services.cli.documents import print_json
from services.cli.errors import CommandError
from services.cli.facts import connected
from services.cli.health import Member, StreamState, servers, services, streams
from services.cli.tables import coloured, console, plain_table
from services.cli.target import Target, find_target


class Status(msgspec.Struct, frozen=True):
    """The answer, whole; without NATS nothing is known of the streams."""

    servers: list[Member]
    services: list[Member]
    streams: list[StreamState]

    @property
    def is_well(self) -> bool:
        """Tell whether everything is up and takes work."""
        return all(member.condition == "up" and not member.paused for member in (*self.servers, *self.services))


def add(_: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


async def run(arguments: argparse.Namespace) -> int:
    """Show the state; the exit status is 1 when something is down or takes no work."""
    status = await _asked(find_target())
    if arguments.json:
        print_json(status)
    else:
        console().print(Group(_members(status), Text(), *_pauses(status), _streams(status.streams)))
    return 0 if status.is_well else 1


async def _asked(target: Target) -> Status:
    try:
        async with connected(target.settings) as nats:
            return Status(await servers(target, nats), await services(target, nats), await streams(nats))
    except CommandError:
        return Status(await servers(target, None), await services(target, None), [])


def _members(status: Status) -> Table:
    table = plain_table("", "STATE", ">PID", "ADDRESS")
    for member in (*status.servers, *status.services):
        pid = "" if member.pid is None else str(member.pid)
        table.add_row(member.name, coloured(member.condition), pid, member.address)
    return table


def _pauses(status: Status) -> list[Text]:
    """Return a line for each reason for which services take no work, and which they are."""
    paused: dict[str, list[str]] = {}
    for member in status.services:
        if member.paused:
            paused.setdefault(member.paused, []).append(member.name)
    return [Text(f"No work is taken by {', '.join(names)}: {why}\n", "yellow") for why, names in paused.items()]


def _streams(found: list[StreamState]) -> Table:
    table = plain_table("STREAM", ">MESSAGES", ">SIZE", "READER", ">WAITING", ">AT WORK", ">AGAIN")
    for stream in found:
        table.add_row(stream.name, str(stream.messages), words.in_bytes(stream.size_bytes))
        for reader in stream.consumers:
            counts = (reader.pending, reader.working, reader.redelivered)
            table.add_row("", "", "", reader.name, *map(str, counts))
    return table
