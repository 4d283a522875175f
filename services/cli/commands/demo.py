"""``headrace demo [FILE]``: one clip from an upload to adaptive video, on the stack here or one started for it."""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from infra.local.admin_key import FILE
from infra.local.settings import settings_from
from infra.local.up import headrace
from services.cli import words
from services.cli.bars import AssetBars, bars
from services.cli.clip import make_clip
from services.cli.commands.upload import check_readable
from services.cli.commands.upload import connected as client_of
from services.cli.commands.watch import draw, outcome
from services.cli.documents import print_json
from services.cli.errors import CommandError
from services.cli.facts import connected
from services.cli.gateway import NotFound, ask
from services.cli.progress import Progress
from services.cli.tables import asset_sheet, console
from services.cli.target import Target, home, own_command, running_here, shown
from services.client import ClientError

_CATALOG_WITHIN_S = 10


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file", metavar="FILE", nargs="?", type=Path, help="a video; without it, a clip of 10 s is made"
    )


async def run(arguments: argparse.Namespace) -> int:
    """Process a clip; the exit status is 1 when it fails."""
    out = Console(quiet=True) if arguments.json else console()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.file or Path(folder) / "demo.mp4"
        making = None if arguments.file else asyncio.create_task(asyncio.to_thread(make_clip, path))
        if arguments.file:
            check_readable(path)
        async with _target(out) as target:
            if making:
                await making
            asset = await _process(target, path, out)
            outcome(asset)
            document = await _settled(target, asset.asset_id)
            if arguments.json:
                print_json(document)
            else:
                out.print(asset_sheet(document), soft_wrap=True)
                out.print(_what_next(target, asset), markup=False, soft_wrap=True)
    return 0


@asynccontextmanager
async def _target(out: Console) -> AsyncIterator[Target]:
    """Give the stack that runs here, or start one for the demo alone."""
    if (running := running_here()) is not None:
        yield Target(settings_from(running.environment), running)
        return
    out.print("Starting Headrace …")
    async with headrace(home()) as stack:
        yield Target(stack.settings, None)


async def _process(target: Target, path: Path, out: Console) -> Progress:
    """Upload the file and draw what its facts say, until it is ready or failed."""
    async with connected(target.settings) as nats, client_of(target) as headrace:
        with bars(out) as display:
            bar = display.add_task("upload", total=None, said=path.name)
            try:
                uploaded = await headrace.upload(
                    path,
                    on_progress=lambda now: display.update(bar, completed=now.sent_bytes, total=now.size_bytes),
                )
            except ClientError as error:
                raise CommandError(f"{path.name} was not uploaded: {error}") from error
            asset = Progress(uploaded.asset_id)
            await draw(nats, asset, AssetBars(display))
    return asset


async def _settled(target: Target, asset_id: str) -> Any:
    """Return the asset as the gateway tells of it, once the catalog has followed the log to its end."""
    loop = asyncio.get_running_loop()
    latest = loop.time() + _CATALOG_WITHIN_S
    while loop.time() < latest:
        with suppress(NotFound):
            asset = await ask(target, f"/v1/assets/{asset_id}")
            if asset["state"] == "ready":
                return asset
        await asyncio.sleep(0.1)
    raise CommandError("The asset is ready, but the catalog does not know it yet; see `headrace status`.")


def _what_next(target: Target, asset: Progress) -> str:
    """Return how long it took and how to look at what was made."""
    assert asset.first_at
    assert asset.last_at
    took = words.in_wait((asset.last_at - asset.first_at).total_seconds())
    lines = ["", f"Ready {took} after it arrived.", ""]
    if target.running is None:
        lines += [f"Everything stops now; the data stays in {shown(home())}/. To look at it:", "  task up"]
    else:
        lines += ["To look at it:"]
    return "\n".join(
        [
            *lines,
            f"  open {target.gateway_url}/ and sign in with the key in {shown(home() / FILE)},",
            "  or the address beside `hls` in Safari, Chromium 142 or later, or VLC",
            f"  {own_command()} show {asset.asset_id}",
            f"  {own_command()} events {asset.asset_id}",
        ]
    )
