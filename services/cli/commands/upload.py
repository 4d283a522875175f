"""``headrace upload FILE…``: writes files straight into the bucket and tells which assets they are."""

import argparse
from pathlib import Path
from typing import get_args

import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from contracts.profiles import DEFAULT_PROFILE, Profile
from services.cli.documents import print_json
from services.cli.errors import CommandError
from services.cli.tables import console, plain_table
from services.cli.target import find_target
from services.cli.uploads import Uploaded, Uploader, content_key, size_of


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="video files")
    parser.add_argument(
        "--profile",
        choices=get_args(Profile),
        default=DEFAULT_PROFILE,
        help="how much work encoding may be; more makes better pictures (default: %(default)s)",
    )


async def run(arguments: argparse.Namespace) -> int:
    """Upload files one after the other, the parts of each side by side."""
    for path in arguments.files:
        check_readable(path)
    async with Uploader.connect(find_target().settings, arguments.profile) as uploader:
        with _bars(arguments.json) as display:
            keyed = [(path, content_key(path, arguments.profile)) for path in arguments.files]
            uploaded = [await _upload(uploader, path, key, display) for path, key in keyed]
    if arguments.json:
        print_json(msgspec.to_builtins(uploaded))
        return 0
    table = plain_table("ASSET", "FILE")
    for one in uploaded:
        table.add_row(one.asset_id, one.file)
    console().print(table)
    console().print(f"Follow it with: headrace watch {uploaded[-1].asset_id}", markup=False)
    return 0


async def _upload(uploader: Uploader, path: Path, key: str, display: Progress) -> Uploaded:
    bar = display.add_task(path.name, total=size_of(path))
    return await uploader.upload(path, key, lambda sent: display.advance(bar, sent))


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
