"""Originals of several kinds, taken from the bucket to ready assets, for all who look at what is delivered."""

import asyncio
from fractions import Fraction
from pathlib import Path

import msgspec
from nats.aio.client import Client

from contracts.v1 import AssetPlanned, AssetReady
from services.runtime.store import Store
from tests.media import make_clip
from tests.watch import facts_until, id_of, made

KINDS = ["copied", "encoded", "silent", "portrait"]
BEEPS_S = [1.0, 9.0]
CLOSED_GROUPS = {"preset": "veryfast", "x264-params": "keyint=48:min-keyint=48:scenecut=0"}
LONG_GROUPS = {"x264-params": "keyint=250:min-keyint=250:scenecut=0"}


class Delivery(msgspec.Struct, frozen=True):
    """A ready asset: where players find it, what was planned, and all of its objects by key."""

    plan: AssetPlanned
    ready: AssetReady
    base_url: str
    objects: dict[str, bytes]

    @property
    def hls_url(self) -> str:
        """Return where the multivariant playlist lies."""
        return f"{self.base_url}/{self.ready.hls_key}"

    @property
    def dash_url(self) -> str:
        """Return where the manifest lies."""
        return f"{self.base_url}/{self.ready.dash_key}"

    @property
    def rate(self) -> Fraction:
        """Return pictures per second."""
        return self.plan.grid.frame_rate.fraction

    def number_at(self, time_s: float) -> int:
        """Return the number of the picture that stands at a time of the timeline."""
        return int(Fraction(time_s) * self.rate)


def make_originals(folder: Path) -> dict[str, Path]:
    """Write one original of each kind; each lasts for several segments."""
    return {
        "copied": make_clip(
            folder / "copied.mp4", width=854, height=480, frames=325, beeps_s=BEEPS_S, options=CLOSED_GROUPS
        ),
        "encoded": make_clip(
            folder / "encoded.mp4",
            width=854,
            height=480,
            rate=Fraction(30_000, 1001),
            frames=390,
            beeps_s=BEEPS_S,
            options=LONG_GROUPS,
        ),
        "silent": make_clip(folder / "silent.mp4", width=320, height=180, frames=310, options=LONG_GROUPS),
        "portrait": make_clip(
            folder / "portrait.mp4",
            width=854,
            height=480,
            rotation=90,
            rate=Fraction(24),
            frames=300,
            beeps_s=BEEPS_S,
            options=LONG_GROUPS,
        ),
    }


async def delivered(store: Store, nc: Client, base_url: str, originals: dict[str, Path]) -> dict[str, Delivery]:
    """Drop originals, all at once, and return what became of each; ``base_url`` leads to the bucket."""
    return dict(
        zip(
            originals,
            await asyncio.gather(*(_delivered(store, nc, base_url, path) for path in originals.values())),
            strict=True,
        )
    )


async def _delivered(store: Store, nc: Client, base_url: str, original: Path) -> Delivery:
    key = f"uploads/deliveries/{original.name}"
    await store.put(key, original.read_bytes(), content_type="video/mp4")
    asset_id = await id_of(store, key)
    facts = await facts_until(nc, asset_id, AssetReady)
    (plan,) = [fact for fact in facts if isinstance(fact, AssetPlanned)]
    (ready,) = [fact for fact in facts if isinstance(fact, AssetReady)]
    objects = {found: await store.get(found) for found in await made(store, asset_id)}
    return Delivery(plan, ready, base_url, objects)
