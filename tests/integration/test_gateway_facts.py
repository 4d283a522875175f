"""What the gateway states is in the log, once, and in the catalog when it answers."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from nats.js import JetStreamContext

from contracts.codec import decode
from contracts.v1 import AssetDescribed
from services.gateway import facts as gateway_facts
from services.gateway.catalog import Catalog
from services.gateway.database import Database
from services.gateway.facts import Facts
from services.runtime.edits import new_edit
from services.runtime.errors import Stale
from services.runtime.settings import Settings
from tests import stories
from tests.processes import PATIENCE_S
from tests.projection import projecting, publish, renew_tables


@pytest.fixture
async def catalog(settings: Settings) -> AsyncIterator[Catalog]:
    url = settings.database_url.get_secret_value()
    connection = await asyncpg.connect(url)
    await renew_tables(connection)
    await connection.close()
    async with asyncpg.create_pool(url, min_size=0) as pool:
        yield Catalog(Database(pool))


def described(title: str) -> AssetDescribed:
    return AssetDescribed(asset_id="a", edit=new_edit(), title=title, description="", metadata={}, tags=[], category="")


async def test_a_stated_fact_is_in_the_catalog_when_the_call_returns(
    clean_streams: None, js: JetStreamContext, settings: Settings, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_facts, "PATIENCE_S", PATIENCE_S)
    async with projecting(settings, js):
        await publish(js, [stories.ingested("a")])
        for title in ("one", "two", "three"):
            await Facts(js, catalog).state(described(title))
            assert await catalog.checkpoint() == (await js.stream_info("MEDIA")).state.last_seq


async def test_a_catalog_that_is_away_delays_the_answer_and_loses_nothing(
    clean_streams: None, js: JetStreamContext, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_facts, "PATIENCE_S", 0.05)
    stated = described("late")
    await Facts(js, catalog).state(stated)
    assert decode((await js.get_last_msg("MEDIA", stated.subject)).data or b"") == stated


async def test_of_two_edits_of_one_state_only_the_first_is_stated(
    clean_streams: None, js: JetStreamContext, catalog: Catalog, settings: Settings
) -> None:
    facts = Facts(js, catalog)
    async with projecting(settings, js):
        await facts.state(described("first"), after=0)
        with pytest.raises(Stale):
            await facts.state(described("second"), after=0)
        last = await js.get_last_msg("MEDIA", AssetDescribed.subject_filter("a"))
        assert last.seq is not None
        await facts.state(described("third"), after=last.seq)
    assert (await js.stream_info("MEDIA")).state.messages == 2


def test_edits_sort_as_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([1_700_000_000_000_000_000, 1_700_000_000_001_000_000, 1_800_000_000_000_000_000])
    monkeypatch.setattr("time.time_ns", lambda: next(times))
    edits = [new_edit() for _ in range(3)]
    assert edits == sorted(edits)
    assert len(set(edits)) == 3
