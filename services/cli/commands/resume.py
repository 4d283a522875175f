"""``headrace resume``: undo a pause or a drain."""

import argparse

from services.cli.halts import add_halted, halt


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_halted(parser)


async def run(arguments: argparse.Namespace) -> int:
    """Resume, and show what delivers again."""
    return await halt("resume", arguments)
