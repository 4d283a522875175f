"""What the pipeline itself costs: from the bucket's notification to each fact, less the media work in between.

Every message carries the time of the notification that began its chain and the media work along the chain; the rest
is Headrace's own: queues, stores, acknowledgements. Files are dropped one after the other on an idle machine.
"""

import asyncio
import statistics
import tempfile
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import msgspec
import nats
from nats.aio.client import Client
from rich.console import Console
from rich.table import Table

from contracts.codec import decode
from contracts.v1 import AssetReady
from infra.local.up import headrace
from services.runtime.store import Store
from services.runtime.trace import MEDIA_S, ORIGIN
from tests.media import make_clip
from tests.watch import facts_until, id_of

CLIPS = 15
KINDS = ("asset.ingested", "asset.probed", "asset.planned", "asset.playable", "asset.packaged", "asset.ready")


class Step(msgspec.Struct, frozen=True):
    """When a fact was stored, counted from the notification, and how much of that was media work."""

    kind: str
    total_s: float
    media_s: float


async def steps_of(nc: Client, asset_id: str) -> list[Step]:
    """Return the steps of a finished asset, from the headers of its facts."""
    js = nc.jetstream()
    subjects = (await js.stream_info("MEDIA", subjects_filter=f"media.v1.*.*.{asset_id}.>")).state.subjects or {}
    steps = []
    for subject in subjects:
        message = await js.get_last_msg("MEDIA", subject)
        headers = message.headers or {}
        assert message.time is not None
        total = message.time - datetime.fromisoformat(headers[ORIGIN])
        kind = decode(message.data or b"").kind()
        steps.append(Step(kind, total.total_seconds(), float(headers[MEDIA_S])))
    return steps


async def measure(folder: Path) -> list[list[Step]]:
    """Drop clips one by one and return the steps of each."""
    async with headrace(folder / "stack", environment={}) as stack:
        settings = stack.settings
        password = settings.nats_password.get_secret_value() if settings.nats_password else None
        nc = await nats.connect(settings.nats_url, user=settings.nats_user, password=password)
        measured = []
        async with Store.connect(settings) as store:
            for number in range(CLIPS):
                clip = make_clip(folder / "clip.mp4", frames=50 + number, rate=Fraction(25), beeps_s=[0.5])
                key = f"uploads/{number}.mp4"
                await store.put(key, clip.read_bytes(), content_type="video/mp4")
                asset_id = await id_of(store, key)
                await facts_until(nc, asset_id, AssetReady)
                measured.append(await steps_of(nc, asset_id))
        await nc.close()
        return measured


def table_of(measured: list[list[Step]]) -> Table:
    """Return medians and worst cases, in milliseconds, by fact."""
    table = Table(title=f"Milliseconds from the bucket's notification, {len(measured)} clips of 2 s at 160x90")
    for column in ("fact", "total median", "media median", "own median", "own worst"):
        table.add_column(column, justify="left" if column == "fact" else "right")
    for kind in KINDS:
        steps = [step for clip in measured for step in clip if step.kind == kind]
        own = [step.total_s - step.media_s for step in steps]
        medians = (
            statistics.median(step.total_s for step in steps),
            statistics.median(step.media_s for step in steps),
            statistics.median(own),
            max(own),
        )
        table.add_row(kind, *(f"{value * 1000:.0f}" for value in medians))
    return table


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        Console(width=100).print(table_of(asyncio.run(measure(Path(folder)))))


if __name__ == "__main__":
    main()
