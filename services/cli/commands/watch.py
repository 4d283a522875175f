"""``headrace watch [ID]``: one asset until it is ready or failed, or all news until Ctrl-C."""

import argparse

from nats.aio.client import Client

from services.cli import words
from services.cli.bars import AssetBars, bars
from services.cli.documents import event_document, print_json_line
from services.cli.errors import CommandError
from services.cli.facts import connected, follow, is_known
from services.cli.progress import Progress
from services.cli.tables import console
from services.cli.target import find_target


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("asset_id", metavar="ID", nargs="?", help="one asset; without it, all of them from now on")


async def run(arguments: argparse.Namespace) -> int:
    """Follow one asset, or all."""
    async with connected(find_target().settings) as connection:
        if arguments.asset_id is None:
            return await _watch_all(connection, arguments.json)
        asset = Progress(arguments.asset_id)
        if arguments.json:
            await _tell(connection, asset)
        else:
            if not await is_known(connection, arguments.asset_id):
                told = "The log tells of no such asset yet; this waits for it. `headrace ls` shows those there are."
                console().print(told, markup=False, soft_wrap=True)
            with bars(console()) as display:
                await draw(connection, asset, AssetBars(display))
    return outcome(asset)


async def draw(connection: Client, asset: Progress, drawn: AssetBars) -> None:
    """Draw an asset's bars until it is ready or failed."""
    async for event in follow(connection, asset.asset_id):
        asset.add(event.fact, event.at)
        drawn.show(asset)
        if asset.is_over and not event.pending:
            return


def outcome(asset: Progress) -> int:
    """Return the exit status of an asset that became ready.

    Raises: CommandError: it failed instead.
    """
    if asset.ready is None and asset.failed is not None:
        name = asset.ingested.name if asset.ingested else asset.asset_id
        raise CommandError(f"{name} failed: {asset.failed.message} ({asset.failed.code})")
    return 0


async def _tell(connection: Client, asset: Progress) -> None:
    async for event in follow(connection, asset.asset_id):
        asset.add(event.fact, event.at)
        print_json_line(event_document(event))
        if asset.is_over and not event.pending:
            return


async def _watch_all(connection: Client, as_json: bool) -> int:
    out = console()
    async for event in follow(connection, None, only_new=True):
        if as_json:
            print_json_line(event_document(event))
        else:
            fact = event.fact
            line = f"{event.at.astimezone():%H:%M:%S} {fact.asset_id} {fact.kind():<15} {words.said(fact)}"
            out.print(line, markup=False, soft_wrap=True)
    return 0
