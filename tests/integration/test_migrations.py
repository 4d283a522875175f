"""The schema's migrations on a real database: each runs once, whoever starts, whatever was there before."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from infra.postgres.schema import MIGRATIONS, migrate
from services.runtime.settings import Settings


@pytest.fixture
async def url(settings: Settings) -> AsyncIterator[str]:
    """Return the address of an empty database."""
    own = settings.database_url.get_secret_value()
    server = await asyncpg.connect(own)
    await server.execute("CREATE DATABASE empty")
    yield own.rpartition("/")[0] + "/empty"
    await server.execute("DROP DATABASE empty WITH (FORCE)")
    await server.close()


@pytest.fixture
async def empty(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def test_every_migration_runs_once_in_order(empty: asyncpg.Connection) -> None:
    names = sorted(path.stem for path in MIGRATIONS.glob("*.sql"))
    assert await migrate(empty, MIGRATIONS) == names
    assert await migrate(empty, MIGRATIONS) == []


async def test_of_many_appliers_at_once_one_does_it(url: str) -> None:
    connections = [await asyncpg.connect(url) for _ in range(4)]

    async def apply(connection: asyncpg.Connection) -> list[str]:
        try:
            return await migrate(connection, MIGRATIONS)
        finally:
            await connection.close()

    done = await asyncio.gather(*(apply(connection) for connection in connections))
    assert sorted(map(bool, done)) == [False, False, False, True]


async def test_a_database_from_before_the_migrations_keeps_its_rows(empty: asyncpg.Connection) -> None:
    await empty.execute((MIGRATIONS / "0001_catalog.sql").read_text())
    await empty.execute("INSERT INTO assets VALUES ('a', 'default', 'a.mp4', 'ready', now(), now(), 1.5, '{}')")
    await empty.execute("UPDATE checkpoint SET sequence = 42")
    await migrate(empty, MIGRATIONS)
    assert await empty.fetchval("SELECT asset_id FROM assets WHERE tenant = 'default'") == "a"
    assert await empty.fetchval("SELECT sequence FROM checkpoint") == 42


async def test_a_migration_that_fails_leaves_nothing_of_itself(empty: asyncpg.Connection, tmp_path: Path) -> None:
    (tmp_path / "0001_good.sql").write_text("CREATE TABLE good (a int)")
    (tmp_path / "0002_bad.sql").write_text("CREATE TABLE half (a int); SELECT 1/0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty, tmp_path)
    (tmp_path / "0002_bad.sql").write_text("CREATE TABLE half (a int)")
    # A branch that was merged later may bring a smaller number than the last one.
    (tmp_path / "0000_late.sql").write_text("CREATE TABLE late (a int)")
    assert await migrate(empty, tmp_path) == ["0000_late", "0002_bad"]


def test_no_two_migrations_have_one_number() -> None:
    numbers = [path.name[:4] for path in MIGRATIONS.glob("*.sql")]
    assert len(set(numbers)) == len(numbers)
    assert all(number.isdigit() for number in numbers)
