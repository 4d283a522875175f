"""``headrace pause``: have a durable, a service or a lane get nothing more; what is at work is finished.

The hold outlasts restarts; ``headrace resume`` ends it.
"""

import argparse

from services.cli.halts import add_halted, halt


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_halted(parser)
    parser.add_argument("--for", dest="for_s", type=float, metavar="SECONDS", help="resume by itself after so long")


async def run(arguments: argparse.Namespace) -> int:
    """Pause, and show what is held."""
    return await halt("pause", arguments, for_s=arguments.for_s)
