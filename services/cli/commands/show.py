"""``headrace show ID``: everything that the gateway tells of one asset."""

import argparse
from urllib.parse import quote

from services.cli.documents import print_json
from services.cli.gateway import ask
from services.cli.tables import asset_sheet, console
from services.cli.target import find_target


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("asset_id", metavar="ID", help="the asset's id, as `headrace ls` shows it")


async def run(arguments: argparse.Namespace) -> int:
    """Show an asset."""
    asset = await ask(find_target(), f"/v1/assets/{quote(arguments.asset_id, safe='')}")
    if arguments.json:
        print_json(asset)
    else:
        console().print(asset_sheet(asset), soft_wrap=True)
    return 0
