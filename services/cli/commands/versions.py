"""``headrace versions ID``: what was made of one asset, which of it is played, and going back or forward."""

import argparse
from typing import Any
from urllib.parse import quote

from rich.table import Table

from services.cli import words
from services.cli.documents import print_json
from services.cli.gateway import ask, send
from services.cli.tables import coloured, console, local_time, plain_table
from services.cli.target import find_target


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("asset_id", metavar="ID", help="the asset's id, as `headrace ls` shows it")
    parser.add_argument("--activate", metavar="RECIPE", help="play this version, one that is `kept`, from now on")


async def run(arguments: argparse.Namespace) -> int:
    """Choose a version if one is named, then list them all."""
    target, path = find_target(), f"/v1/assets/{quote(arguments.asset_id, safe='')}/versions"
    if arguments.activate is not None:
        await send(target, "POST", f"{path}/{quote(arguments.activate, safe='')}/activate")
    found = await ask(target, path)
    if arguments.json:
        print_json(found)
    else:
        console().print(versions_table(found["versions"]))
    return 0


def versions_table(versions: list[dict[str, Any]]) -> Table:
    """Return versions as the gateway lists them."""
    table = plain_table("RECIPE", "STATE", "PROFILE", "MADE", "SUPERSEDED", ">SIZE")
    for version in versions:
        made, superseded = (local_time(version[name]) if version[name] else "" for name in ("made_at", "superseded_at"))
        size = words.in_bytes(version["size_bytes"]) if version["size_bytes"] else ""
        table.add_row(version["recipe"], coloured(version["state"]), version["profile"], made, superseded, size)
    return table
