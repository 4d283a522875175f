"""``headrace tenants create|ls``: the tenants of this Headrace, for its operator."""

import argparse

from services.cli.documents import print_json
from services.cli.gateway import send
from services.cli.pages import listed
from services.cli.tables import console, local_time, plain_table
from services.cli.target import find_target

_TENANTS = "/v1/tenants"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="create|ls")
    acts.add_parser("create", help="make a tenant").add_argument("tenant", metavar="NAME", help="a-z, 0-9 and hyphens")
    acts.add_parser("ls", help="list the tenants")


async def run(arguments: argparse.Namespace) -> int:
    """Make one or list them."""
    await {"create": _create, "ls": _ls}[arguments.act](arguments)
    return 0


async def _create(arguments: argparse.Namespace) -> None:
    made = await send(find_target(), "POST", _TENANTS, body={"tenant": arguments.tenant})
    if arguments.json:
        print_json(made)
    else:
        console().print(f"{made['tenant']} is a tenant now; `headrace keys --tenant` makes its keys.", markup=False)


async def _ls(arguments: argparse.Namespace) -> None:
    found = await listed(find_target(), _TENANTS, "tenants", "tenant")
    if arguments.json:
        print_json({"tenants": found})
        return
    table = plain_table("TENANT", "SINCE")
    for tenant in found:
        table.add_row(tenant["tenant"], local_time(tenant["created_at"]))
    console().print(table)
