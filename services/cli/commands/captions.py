"""``headrace captions ls|add|get|rm``: the text tracks of one asset: subtitles, captions, transcripts."""

import argparse
from pathlib import Path
from typing import Any
from urllib.parse import quote

from services.cli.documents import print_json
from services.cli.errors import CommandError
from services.cli.gateway import ask, send
from services.cli.tables import coloured, console, plain_table
from services.cli.target import find_target
from services.runtime.cues import Cue
from services.runtime.webvtt import webvtt


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ls|add|get|rm")
    for act, summary in (
        ("ls", "list text tracks"),
        ("add", "add a WebVTT or SubRip file"),
        ("get", "print a text track as WebVTT"),
        ("rm", "take a text track away"),
    ):
        own = acts.add_parser(act, help=summary)
        own.add_argument("asset_id", metavar="ID", help="the asset's id, as `headrace ls` shows it")
        if act == "add":
            _describe(own)
        elif act != "ls":
            own.add_argument("track", metavar="TRACK", help="its name, as `headrace captions ls` shows it")


def _describe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="in UTF-8")
    parser.add_argument("--language", default="und", help="BCP 47, such as de or pt-BR")
    parser.add_argument("--name", default="", help="for people, in players' menus")
    parser.add_argument("--default", action="store_true", help="shown unless somebody chooses otherwise")
    parser.add_argument("--forced", action="store_true", help="only what has to be read in any case")
    parser.add_argument("--sdh", action="store_true", help="tells sounds, too")


async def run(arguments: argparse.Namespace) -> int:
    """List, add, print or remove."""
    path = f"/v1/assets/{quote(arguments.asset_id, safe='')}/captions"
    await {"ls": _ls, "add": _add, "get": _get, "rm": _rm}[arguments.act](arguments, path)
    return 0


async def _ls(arguments: argparse.Namespace, path: str) -> None:
    _show(arguments, await ask(find_target(), path))


async def _add(arguments: argparse.Namespace, path: str) -> None:
    try:
        text = arguments.file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{arguments.file} cannot be read as text in UTF-8: {error}") from error
    said = {name: getattr(arguments, name) for name in ("language", "name", "default", "forced", "sdh")}
    made = await send(find_target(), "POST", path, body={"text": text, **said})
    if arguments.json:
        print_json(made)
    else:
        console().print(made["track"], markup=False)


async def _get(arguments: argparse.Namespace, path: str) -> None:
    found = await ask(find_target(), f"{path}/{quote(arguments.track, safe='')}")
    if arguments.json:
        print_json(found)
        return
    cues = [Cue(cue["start_s"], cue["end_s"], cue["text"], cue["settings"]) for cue in found["cue_list"]]
    console().print(webvtt(cues).decode(), end="", markup=False, highlight=False, soft_wrap=True)


async def _rm(arguments: argparse.Namespace, path: str) -> None:
    _show(arguments, await send(find_target(), "DELETE", f"{path}/{quote(arguments.track, safe='')}"))


def _show(arguments: argparse.Namespace, found: dict[str, Any]) -> None:
    if arguments.json:
        print_json(found)
        return
    table = plain_table("TRACK", "STATE", "LANGUAGE", "NAME", "SOURCE", ">CUES", "SHOWN", "WHY NOT")
    for own in found["captions"]:
        flags = [name for name in ("default", "forced", "sdh") if own[name]]
        cells = [own["language"], own["name"], own["source"] or "", str(own["cues"]), ", ".join(flags), own["message"]]
        table.add_row(own["track"], coloured(own["state"]), *cells)
    console().print(table)
