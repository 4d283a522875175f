"""``headrace events ID``: what happened to one asset, from the log."""

import argparse

from services.cli.documents import event_document, print_json_line
from services.cli.errors import CommandError
from services.cli.facts import connected, history
from services.cli.tables import console, events_table
from services.cli.target import find_target


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("asset_id", metavar="ID", help="the asset's id, as `headrace ls` shows it")


async def run(arguments: argparse.Namespace) -> int:
    """Tell an asset's history."""
    async with connected(find_target().settings) as connection:
        events = await history(connection, arguments.asset_id)
    if not events:
        raise CommandError(f"The log tells of no asset {arguments.asset_id}; `headrace ls` shows those there are.")
    if arguments.json:
        for event in events:
            print_json_line(event_document(event))
    else:
        console().print(events_table(events))
    return 0
