"""``headrace ls``: the newest assets, as the gateway lists them."""

import argparse

from services.cli.documents import print_json
from services.cli.gateway import ask
from services.cli.tables import assets_table, console
from services.cli.target import find_target

STATES = ("waiting", "processing", "playable", "failed", "ready", "deleted")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--state", choices=STATES, help="only assets in this state; without it all but deleted ones")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many at most (1 to 200; default 20)")
    parser.add_argument("--cursor", help="the next_cursor of the page before, from --json")


async def run(arguments: argparse.Namespace) -> int:
    """List assets."""
    page = await ask(find_target(), "/v1/assets", state=arguments.state, limit=arguments.limit, cursor=arguments.cursor)
    if arguments.json:
        print_json(page)
    elif page["assets"]:
        console().print(assets_table(page["assets"]))
    else:
        console().print("There are no assets yet; `headrace upload FILE` makes one.", markup=False)
    return 0
