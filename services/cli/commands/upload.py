"""``headrace upload FILE…``: uploads files through the gateway's signed URLs and tells which assets they are."""

import argparse
from pathlib import Path
from typing import get_args

import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from contracts.policies import DEFAULT_PLAYBACK_POLICY, PlaybackPolicy
from contracts.priorities import DEFAULT_PRIORITY, Priority
from contracts.profiles import DEFAULT_PROFILE, Profile
from services.cli.documents import print_json
from services.cli.errors import CommandError
from services.cli.tables import console, plain_table
from services.cli.target import Target, find_target, own_command
from services.client import ClientError, Headrace, Uploaded


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="video files")
    parser.add_argument(
        "--profile",
        choices=get_args(Profile),
        default=DEFAULT_PROFILE,
        help="how much work encoding may be; more makes better pictures (default: %(default)s)",
    )
    parser.add_argument(
        "--playback-policy",
        choices=get_args(PlaybackPolicy),
        default=DEFAULT_PLAYBACK_POLICY,
        help="who may play it: everybody, or who has a token (default: %(default)s)",
    )
    parser.add_argument(
        "--priority",
        choices=get_args(Priority),
        default=DEFAULT_PRIORITY,
        help="what goes first of your own work (default: %(default)s)",
    )
    parser.add_argument("--language", metavar="TAG", default="", help="what is spoken, as de or pt-BR")
    parser.add_argument(
        "--resume", metavar="UPLOAD", help="go on with an upload of this one file that another machine began"
    )


async def run(arguments: argparse.Namespace) -> int:
    """Upload files one after the other, the parts of each side by side; a killed upload goes on where it was."""
    if arguments.resume and len(arguments.files) > 1:
        raise CommandError("One upload is of one file: name that file alone with --resume.")
    for path in arguments.files:
        check_readable(path)
    async with connected(find_target()) as headrace:
        with _bars(arguments.json) as display:
            uploaded = [await _upload(headrace, path, arguments, display) for path in arguments.files]
    if arguments.json:
        print_json(msgspec.to_builtins(uploaded))
        return 0
    table = plain_table("ASSET", "FILE")
    for one in uploaded:
        table.add_row(one.asset_id, one.file)
    console().print(table)
    console().print(f"Follow it with: {own_command()} watch {uploaded[-1].asset_id}", markup=False)
    return 0


def connected(target: Target) -> Headrace:
    """Return a client of a target's gateway."""
    return Headrace(target.gateway_url, target.api_key, use_proxies=False)


async def _upload(headrace: Headrace, path: Path, arguments: argparse.Namespace, display: Progress) -> Uploaded:
    bar = display.add_task(path.name, total=None)
    try:
        return await headrace.upload(
            path,
            profile=arguments.profile,
            playback_policy=arguments.playback_policy,
            priority=arguments.priority,
            language=arguments.language,
            resume=arguments.resume,
            on_progress=lambda now: display.update(bar, completed=now.sent_bytes, total=now.size_bytes),
        )
    except ClientError as error:
        raise CommandError(f"{path.name} was not uploaded: {error}") from error


def check_readable(path: Path) -> None:
    """Make sure that there is a file to upload.

    Raises: CommandError: there is none, or it cannot be read.
    """
    try:
        with path.open("rb"):
            pass
    except IsADirectoryError as error:
        raise CommandError(f"{path} is a folder; name the files in it.") from error
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def _bars(silent: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=32),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=Console(quiet=True) if silent else console(),
    )
