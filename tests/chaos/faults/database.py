"""The catalog's database: lost and made anew from the log, and two projectors that want to write it."""

import time
from random import Random
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from infra.local.admin_key import keep_admin_key
from infra.postgres import schema
from tests.chaos.fault import Fault
from tests.chaos.faults.servers import MOMENTS
from tests.chaos.world import World


async def drop(world: World, rng: Random, number: int) -> float:
    """Drop the database, make it anew, and let the catalog fold the whole log again."""
    await world.log.next(rng.choice(MOMENTS))
    url = urlsplit(world.settings.database_url.get_secret_value())
    connection = await asyncpg.connect(urlunsplit(url._replace(path="/postgres")))
    try:
        await connection.execute(f"DROP DATABASE {url.path[1:]} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {url.path[1:]}")
    finally:
        await connection.close()
    await schema.apply_to(world.settings)
    # No log holds keys.
    await keep_admin_key(world.stack.stack.folder.path, world.settings)
    return time.time()


async def kill_projector(world: World, rng: Random, number: int) -> float:
    """Kill one of two projectors."""
    await world.log.next(rng.choice(MOMENTS))
    return world.stack.signal(rng.choice(["catalog", "catalog-2"]))


FAULTS = (
    Fault("rebuild", "database dropped and rebuilt from the log", drop, injections=5, webhooks=False),
    Fault("projectors", "two catalog projectors, either killed", kill_projector, replicas=("catalog",)),
)
