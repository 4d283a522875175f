"""``headrace users create|ls|role|password|delete``: who may log in; a password is asked for, or read from a pipe."""

import argparse
import getpass
import sys
from urllib.parse import quote

from services.cli.documents import print_json
from services.cli.errors import CommandError
from services.cli.gateway import send
from services.cli.pages import listed
from services.cli.tables import console, local_time, plain_table
from services.cli.target import find_target

ROLES = ("viewer", "editor", "admin")
_USERS = "/v1/users"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--tenant", help="whose users, for an operator (default: default)")
    acts = parser.add_subparsers(dest="act", required=True, metavar="create|ls|role|password|delete")
    create = acts.add_parser("create", help="make a user; the password is asked for")
    create.add_argument("email", metavar="EMAIL")
    create.add_argument("--role", choices=ROLES, default="viewer", help="what they may do (default: viewer)")
    acts.add_parser("ls", help="list the users")
    role = acts.add_parser("role", help="give a user another role; their sessions end")
    password = acts.add_parser("password", help="give a user another password; their sessions end")
    delete = acts.add_parser("delete", help="delete a user; their sessions end")
    for act in (role, password, delete):
        act.add_argument("user_id", metavar="USER_ID")
    role.add_argument("role", choices=ROLES)


async def run(arguments: argparse.Namespace) -> int:
    """Make, list, change or delete."""
    act = {"create": _create, "ls": _ls, "role": _role, "password": _password, "delete": _delete}[arguments.act]
    await act(arguments)
    return 0


async def _create(arguments: argparse.Namespace) -> None:
    asked = {"email": arguments.email, "role": arguments.role, "password": _new_password()}
    made = await send(find_target(), "POST", _USERS, body=asked, tenant=arguments.tenant)
    if arguments.json:
        print_json(made)
    else:
        console().print(made["user_id"], markup=False, soft_wrap=True)


async def _ls(arguments: argparse.Namespace) -> None:
    found = await listed(find_target(), _USERS, "users", "user_id", tenant=arguments.tenant)
    if arguments.json:
        print_json({"users": found})
        return
    table = plain_table("USER", "ROLE", "SINCE", "EMAIL")
    for user in found:
        table.add_row(user["user_id"], user["role"], local_time(user["created_at"]), user["email"])
    console().print(table)


async def _role(arguments: argparse.Namespace) -> None:
    await _change(arguments, {"role": arguments.role})


async def _password(arguments: argparse.Namespace) -> None:
    await _change(arguments, {"password": _new_password()})


async def _change(arguments: argparse.Namespace, change: dict[str, str]) -> None:
    changed = await send(find_target(), "PATCH", _path(arguments), body=change, tenant=arguments.tenant)
    if arguments.json:
        print_json(changed)
    else:
        console().print(f"{changed['email']} is {changed['role']}, and has to log in again.", markup=False)


async def _delete(arguments: argparse.Namespace) -> None:
    await send(find_target(), "DELETE", _path(arguments), tenant=arguments.tenant)
    if arguments.json:
        print_json({"user_id": arguments.user_id, "deleted": True})
    else:
        console().print(f"{arguments.user_id} is no user any more.", markup=False)


def _path(arguments: argparse.Namespace) -> str:
    return f"{_USERS}/{quote(arguments.user_id, safe='')}"


def _new_password() -> str:
    """Return a password from the keyboard, unseen and typed twice, or the first line that a script sends.

    Raises: CommandError: the two differ.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    typed = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != typed:
        raise CommandError("The two passwords differ; try again.")
    return typed
