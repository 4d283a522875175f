"""``headrace dead ls|show|replay|drop``: messages that were given up, and what is to become of them."""

import argparse
from collections.abc import AsyncIterator
from typing import Any, get_args

from contracts.v1.dead import Reason
from services.cli.documents import print_json
from services.cli.errors import CommandError
from services.cli.gateway import ask, send
from services.cli.operations_tables import letter_sheet, letters_table
from services.cli.tables import console
from services.cli.target import Target, find_target

_DEAD = "/v1/operations/dead"
_FILTERS = ("reason", "service", "code", "asset_id")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ls|show|replay|drop")
    _add_filters(acts.add_parser("ls", help="list dead letters, oldest first"))
    acts.add_parser("show", help="show one with its whole message").add_argument("id", type=int, metavar="ID")
    for act, summary in (("replay", "have their work done again"), ("drop", "throw them away")):
        chosen = acts.add_parser(act, help=summary)
        chosen.add_argument("ids", type=int, nargs="*", metavar="ID", help="letters as `dead ls` shows them")
        chosen.add_argument("--all", action="store_true", help="every letter")
        _add_filters(chosen)


async def run(arguments: argparse.Namespace) -> int:
    """List, show, replay or drop; the exit status is 1 when a letter stays that was not to."""
    target = find_target()
    if arguments.act == "ls":
        return await _ls(target, arguments)
    if arguments.act == "show":
        return await _show(target, arguments)
    return await _settle(target, arguments)


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", choices=get_args(Reason), help="why they were given up")
    parser.add_argument("--service", help="only those of one service")
    parser.add_argument("--code", help="only those with one code")
    parser.add_argument("--asset", dest="asset_id", metavar="ASSET", help="only those about one asset")


def _filters(arguments: argparse.Namespace) -> dict[str, str]:
    return {name: given for name in _FILTERS if (given := getattr(arguments, name)) is not None}


async def _ls(target: Target, arguments: argparse.Namespace) -> int:
    letters = [letter async for page in _pages(target, _filters(arguments)) for letter in page]
    if arguments.json:
        print_json(letters)
    else:
        console().print(letters_table(letters))
    return 0


async def _pages(target: Target, filters: dict[str, str]) -> AsyncIterator[list[dict[str, Any]]]:
    after: int | None = 0
    while after is not None:
        page = await ask(target, _DEAD, after=after, **filters)
        yield page["letters"]
        after = page["next_after"]


async def _show(target: Target, arguments: argparse.Namespace) -> int:
    letter = await ask(target, f"{_DEAD}/{arguments.id}")
    if arguments.json:
        print_json(letter)
    else:
        console().print(letter_sheet(letter), soft_wrap=True)
    return 0


async def _settle(target: Target, arguments: argparse.Namespace) -> int:
    chosen: dict[str, Any] = {"ids": arguments.ids, "every": arguments.all, **_filters(arguments)}
    if sum(map(bool, (arguments.ids, arguments.all, _filters(arguments)))) != 1:
        raise CommandError("Say which letters: their IDs, or what holds for them, or --all.")
    done: list[int] = []
    refused: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        settled = await send(target, "POST", f"{_DEAD}/{arguments.act}", body={**chosen, "after": after})
        done += settled["done"]
        refused += settled["refused"]
        after = settled["next_after"]
    if arguments.json:
        print_json({"done": done, "refused": refused})
    else:
        what = {"replay": "replayed", "drop": "dropped"}[arguments.act]
        console().print(f"{len(done)} {'letter' if len(done) == 1 else 'letters'} {what}.")
        for one in refused:
            console().print(f"Letter {one['id']} stays: {one['message']}", markup=False, soft_wrap=True)
    return 1 if refused else 0
