"""What the gateway answers from a full catalog: requests a second and latencies, for one asset and for lists.

Rows are what the catalog's own fold makes of facts; the gateway is a process of its own, asked over HTTP by several
clients at once. ``-- --assets N`` and ``--requests N`` change how many.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import asyncpg
import httpx
import msgspec
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from contracts.v1 import AnyFact
from infra.local.supervisor import SERVICES
from infra.local.up import headrace
from services.catalog import tables
from services.catalog.log import Entry
from tests import stories
from tests.asking import bearer, key_of

CLIENTS = 8
_BATCH = 500
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Measured(msgspec.Struct, frozen=True):
    """One kind of request: how many were answered in how long, and how long each took."""

    name: str
    elapsed_s: float
    taken_s: list[float]


def facts_of(number: int) -> list[AnyFact]:
    """Return the life of one asset; a tenth is not ready yet."""
    asset_id = f"{number:026x}"
    announced = replace(
        stories.awaited(asset_id, f"clip-{number}.mp4"),
        title=f"Film {number} of series {number % 500}",
        tags=[f"tag{number % 40}", f"many{number % 3}"],
        category=f"category{number % 20}",
    )
    life = stories.life_of(asset_id, announced.name)
    return [announced, *(life if number % 10 else life[:4])]


_SAY = """
    INSERT INTO captions (asset_id, track, tenant, version, vtt_key, indexed)
    SELECT asset_id, 'speech-1', tenant, 1, '', 1 FROM assets
"""
_SAY_CUES = """
    INSERT INTO cues SELECT c.asset_id, c.track, n, 3 * n, 3 * n + 2, said, to_tsvector('simple', said)
    FROM captions c, generate_series(0, 9) AS n,
    LATERAL (SELECT format('spoken word%s%s', n, abs(hashtext(c.asset_id || n)) % 5000) AS said) AS words
"""
_SAY_PASSAGES = """
    INSERT INTO passages
    SELECT asset_id, track, 0, c.tenant, strip(to_tsvector('simple', string_agg(said, ' ') || old)), a.created_at
    FROM captions c JOIN cues USING (asset_id, track) JOIN assets a USING (asset_id),
    LATERAL (SELECT CASE WHEN a.created_at < $1 THEN ' formerly' ELSE '' END AS old) AS words
    GROUP BY asset_id, track, c.tenant, a.created_at, old
"""


async def say(database: asyncpg.Connection, assets: int) -> None:
    """Have ten cues said in each asset, with a word that all say, one that the older half do, and some that few do."""
    for statement in (_SAY, _SAY_CUES):
        await database.execute(statement, timeout=600)
    await database.execute(_SAY_PASSAGES, _BEGIN + timedelta(seconds=assets // 2), timeout=1800)
    for table in ("captions", "cues", "passages"):
        await database.execute(f"VACUUM ANALYZE {table}", timeout=600)


async def fill(database: asyncpg.Connection, assets: int) -> None:
    """Fold the lives of assets into the tables, as the catalog does."""
    after = 0
    for numbers in _batched(range(assets), _BATCH):
        facts = [(fact, _BEGIN + timedelta(seconds=number)) for number in numbers for fact in facts_of(number)]
        entries = [Entry(after + place, at, fact) for place, (fact, at) in enumerate(facts, start=1)]
        await tables.apply(database, after, entries)
        after += len(entries)
    await database.execute("VACUUM ANALYZE assets")
    await database.execute("VACUUM ANALYZE parts")


def _batched(numbers: range, size: int) -> Iterator[range]:
    return (numbers[first : first + size] for first in range(0, len(numbers), size))


def kinds(assets: int) -> dict[str, Callable[[Random], str]]:
    """Return paths of requests, by what they ask for."""
    return {
        "get": lambda random: f"/v1/assets/{random.randrange(assets):026x}",
        "list": lambda _: "/v1/assets",
        "list by state": lambda _: "/v1/assets?state=processing",
        "list by tag": lambda random: f"/v1/assets?tag=tag{random.randrange(40)}",
        "list by category": lambda random: f"/v1/assets?category=category{random.randrange(20)}",
        "list by text": lambda random: f"/v1/assets?q=series {random.randrange(500)}",
        "list by frequent word": lambda _: "/v1/assets?q=clip",
        "list by spoken words": lambda random: f"/v1/assets?q=word{random.randrange(10)}{random.randrange(5000)}",
        "list by frequent spoken word": lambda _: "/v1/assets?q=spoken",
        "list by a word of the older half": lambda _: "/v1/assets?q=formerly",
        "list by it and time": lambda random: f"/v1/assets?q=spoken&created_before={_time(random.randrange(assets))}",
        "list by time": lambda random: f"/v1/assets?created_before={_time(random.randrange(assets))}",
    }


def _time(number: int) -> str:
    return (_BEGIN + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def ask(http: httpx.AsyncClient, name: str, path: Callable[[Random], str], requests: int) -> Measured:
    """Ask with several clients at once, each as soon as it has its answer."""
    taken: list[float] = []

    async def client(seed: int) -> None:
        random = Random(seed)
        for _ in range(requests // CLIENTS):
            asked = time.perf_counter()
            answer = await http.get(path(random))
            taken.append(time.perf_counter() - asked)
            assert answer.status_code == 200, answer.text

    began = time.perf_counter()
    await asyncio.gather(*(client(seed) for seed in range(CLIENTS)))
    return Measured(name, time.perf_counter() - began, sorted(taken))


async def measure(folder: Path, assets: int, requests: int) -> list[Measured]:
    """Fill a catalog and ask a gateway of its own."""
    gateway = [service for service in SERVICES if service.name == "gateway"]
    # A single key asks as fast as it can.
    unlimited = {"HEADRACE_RATE_LIMIT_PER_S": "1000000", "HEADRACE_RATE_LIMIT_BURST": "1000000"}
    async with headrace(folder, services=gateway, environment=unlimited) as stack:
        database = await asyncpg.connect(stack.settings.database_url.get_secret_value())
        await fill(database, assets)
        await say(database, assets)
        headers = bearer(await key_of(database, "default", "read"))
        await database.close()
        base = f"http://{stack.settings.gateway_host}:{stack.settings.gateway_port}"
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as http:
            measured = []
            for name, path in kinds(assets).items():
                await ask(http, name, path, CLIENTS)
                measured.append(await ask(http, name, path, requests))
            return measured


def table_of(measured: list[Measured], assets: int) -> Table:
    """Return rates and latencies, in milliseconds."""
    table = Table(title=f"{assets} assets, pages of 50, {CLIENTS} clients at once, one gateway")
    for column in ("request", "requests/s", "median ms", "p99 ms"):
        table.add_column(column, justify="left" if column == "request" else "right")
    for own in measured:
        median_s, worst_s = (own.taken_s[int(len(own.taken_s) * share)] for share in (0.5, 0.99))
        rate = f"{len(own.taken_s) / own.elapsed_s:.0f}"
        table.add_row(own.name, rate, f"{median_s * 1000:.1f}", f"{worst_s * 1000:.1f}")
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.catalog", description=main.__doc__)
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=800)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = asyncio.run(measure(Path(folder), chosen.assets, chosen.requests))
    Console(width=100).print(table_of(measured, chosen.assets))


if __name__ == "__main__":
    main()
