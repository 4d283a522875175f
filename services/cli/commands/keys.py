"""``headrace keys create|ls|revoke``: the API keys of a tenant. A new key's secret is shown once."""

import argparse
from typing import Any
from urllib.parse import quote

from services.cli.documents import print_json
from services.cli.gateway import send
from services.cli.tables import console, local_time, plain_table
from services.cli.target import find_target

SCOPES = ("read", "write", "admin", "playback:sign")
_KEYS = "/v1/keys"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--tenant", help="whose keys, for an operator (default: default)")
    acts = parser.add_subparsers(dest="act", required=True, metavar="create|ls|revoke")
    create = acts.add_parser("create", help="make a key and show it, once")
    create.add_argument("label", metavar="LABEL", help="what it is for")
    create.add_argument(
        "--scope",
        action="append",
        choices=SCOPES,
        help="what it may do, several times if need be; admin is everything (default: read and write)",
    )
    create.add_argument("--every-tenant", action="store_true", help="an operator's key, for every tenant")
    acts.add_parser("ls", help="list the keys, without their secrets")
    acts.add_parser("revoke", help="make a key useless at once").add_argument("key_id", metavar="KEY_ID")


async def run(arguments: argparse.Namespace) -> int:
    """Make, list or revoke."""
    await {"create": _create, "ls": _ls, "revoke": _revoke}[arguments.act](arguments)
    return 0


async def _create(arguments: argparse.Namespace) -> None:
    asked = {
        "label": arguments.label,
        "scopes": arguments.scope or ["read", "write"],
        "every_tenant": arguments.every_tenant,
    }
    made = await send(find_target(), "POST", _KEYS, body=asked, tenant=arguments.tenant)
    if arguments.json:
        print_json(made)
    else:
        # Nothing but the key, so that a script can keep it.
        console().print(made["key"], markup=False, soft_wrap=True)


async def _ls(arguments: argparse.Namespace) -> None:
    found = await send(find_target(), "GET", _KEYS, tenant=arguments.tenant)
    if arguments.json:
        print_json(found)
        return
    table = plain_table("KEY", "TENANT", "SCOPES", "LABEL", "LAST USED", "STATE")
    for key in found["keys"]:
        table.add_row(*_row(key))
    console().print(table)


def _row(key: dict[str, Any]) -> list[str]:
    used = local_time(key["last_used_at"]) if key["last_used_at"] else "never"
    state = "revoked" if key["revoked_at"] else "good"
    return [key["key_id"], key["tenant"], ", ".join(key["scopes"]), key["label"], used, state]


async def _revoke(arguments: argparse.Namespace) -> None:
    await send(find_target(), "DELETE", f"{_KEYS}/{quote(arguments.key_id, safe='')}", tenant=arguments.tenant)
    if arguments.json:
        print_json({"key_id": arguments.key_id, "revoked": True})
    else:
        console().print(f"{arguments.key_id} opens nothing any more.", markup=False)
