"""``headrace status``: what is up, what is down, what waits, what is late, what is held back or was given up."""

import argparse
from datetime import UTC, datetime

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from contracts.lateness import Lateness
from contracts.v1.operate import DeadCount, StreamState
from services.cli import words
from services.cli.documents import print_json
from services.cli.errors import CommandError
from services.cli.facts import connected
from services.cli.health import Member, servers, services
from services.cli.tables import coloured, console, plain_table
from services.cli.target import Target, find_target
from services.operate.status import status_of

# A look is taken every few seconds.
_OLD_S = 60


class Answer(msgspec.Struct, frozen=True):
    """The answer, whole; without NATS nothing is known of streams and letters."""

    servers: list[Member]
    services: list[Member]
    streams: list[StreamState]
    dead: list[DeadCount]
    lateness: Lateness | None = None

    @property
    def is_well(self) -> bool:
        """Tell whether everything is up and takes work."""
        return all(member.condition == "up" and not member.paused for member in (*self.servers, *self.services))


def add(_: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


async def run(arguments: argparse.Namespace) -> int:
    """Show the state; the exit status is 1 when something is down or takes no work."""
    answer = await _asked(find_target())
    if arguments.json:
        print_json(answer)
    else:
        parts: list[RenderableType] = [_members(answer), Text(), *pauses(answer), _streams(answer.streams)]
        parts += [Text(), _late(answer.lateness)]
        if answer.dead:
            parts += [Text(), _dead(answer.dead)]
        console().print(Group(*parts))
    return 0 if answer.is_well else 1


async def _asked(target: Target) -> Answer:
    try:
        # NATS itself is asked, as the console asks it: what is down must be told also when that is the console.
        async with connected(target.settings) as nats:
            status = await status_of(nats, target.running.health_ports if target.running else ())
            members = await servers(target, up=True), services(target, status)
            return Answer(*members, status.streams, status.dead, status.lateness)
    except CommandError:
        return Answer(await servers(target, up=False), services(target, None), [], [])


def _members(answer: Answer) -> Table:
    table = plain_table("", "STATE", ">PROCESSES", ">AT WORK", ">PID", "ADDRESS")
    for member in (*answer.servers, *answer.services):
        counts = (member.processes, member.at_work, member.pid)
        shown = ("" if count is None else str(count) for count in counts)
        table.add_row(member.name, coloured(member.condition), *shown, member.address)
    return table


def pauses(answer: Answer) -> list[Text]:
    """Return a line for each reason for which services take no work, and which they are."""
    paused: dict[str, list[str]] = {}
    for member in answer.services:
        if member.paused:
            paused.setdefault(member.paused, []).append(member.name)
    return [Text(f"No work is taken by {', '.join(names)}: {why}\n", "yellow") for why, names in paused.items()]


def _streams(found: list[StreamState]) -> Table:
    table = plain_table("STREAM", ">MESSAGES", ">SIZE", "READER", ">WAITING", ">AT WORK", ">AGAIN", "PAUSED UNTIL")
    for stream in found:
        table.add_row(stream.name, str(stream.messages), words.in_bytes(stream.size_bytes))
        for reader in stream.durables:
            counts = (reader.waiting, reader.working, reader.redelivered)
            table.add_row("", "", "", reader.name, *map(str, counts), words.until(reader.paused_until))
    return table


def _late(lateness: Lateness | None) -> Text:
    if lateness is None:
        return Text("Nobody knows what is late: reconcile does not answer.", style="yellow")
    looked_s = (datetime.now(UTC) - lateness.at).total_seconds()
    if looked_s > _OLD_S:
        return Text(f"Nobody knows what is late: reconcile looked {words.in_wait(looked_s)} ago.", style="yellow")
    age = f"{lateness.unresolved} unresolved, the oldest for {words.in_wait(lateness.oldest_s)}"
    if not lateness.overdue_s:
        return Text(f"Nothing is past its deadline; {age}.", style="green")
    late = f"{lateness.asset_id} ({lateness.state}) is {words.in_wait(lateness.overdue_s)} past its deadline; {age}."
    return Text(late, style="red")


def _dead(found: list[DeadCount]) -> Table:
    table = plain_table("DEAD LETTERS OF", "REASON", ">LETTERS")
    for one in found:
        table.add_row(one.service, one.reason, str(one.letters))
    return table
