"""``headrace drain SERVICE``: have its processes finish what they have and take nothing new; say so when they have.

``headrace resume --service SERVICE`` undoes it.
"""

import argparse

from services.cli.documents import print_json
from services.cli.gateway import send
from services.cli.tables import console
from services.cli.target import find_target


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("service", metavar="SERVICE", help="as `headrace status` names it")


async def run(arguments: argparse.Namespace) -> int:
    """Drain, and wait until nothing is at work; Ctrl-C ends the waiting alone."""
    target = find_target()
    while True:
        # The console itself looks for a few seconds before it answers.
        answer = await send(target, "POST", "/v1/operations/drain", body={"service": arguments.service})
        at_work = sum(worker["at_work"] or 0 for worker in answer["workers"])
        if answer["is_drained"]:
            break
        if not arguments.json:
            console().print(f"{arguments.service} still has {at_work} at work.")
    if arguments.json:
        print_json(answer)
    else:
        told = f"{arguments.service} is drained: processes that answer {len(answer['workers'])}, messages at work 0."
        console().print(told, soft_wrap=True)
    return 0
