"""What pausing and resuming have in common: whom they name, and what they show."""

import argparse

from services.cli.documents import print_json
from services.cli.gateway import send
from services.cli.operations_tables import halted_table
from services.cli.tables import console
from services.cli.target import find_target


def add_halted(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that name a durable, a service or a lane."""
    named = parser.add_mutually_exclusive_group(required=True)
    named.add_argument("--durable", help="one queue's reader, as `headrace status` names it")
    named.add_argument("--service", help="all that a service reads")
    named.add_argument("--lane", help="tasks of a lane, such as bulk")


async def halt(what: str, arguments: argparse.Namespace, **more: float | None) -> int:
    """Ask for a pause or its end, and show what the durables do now."""
    named = {name: getattr(arguments, name) for name in ("durable", "service", "lane")} | more
    asked = {name: given for name, given in named.items() if given is not None}
    answer = await send(find_target(), "POST", f"/v1/operations/{what}", body=asked)
    if arguments.json:
        print_json(answer)
    else:
        console().print(halted_table(answer["durables"]))
    return 0
