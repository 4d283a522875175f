"""Versions of text tracks on the real log: whoever is slower counts on, and no version comes twice."""

import asyncio

from msgspec.structs import replace
from nats.js import JetStreamContext

from contracts.v1 import AssetPurged, CaptionsMade, CaptionsRemoved
from services.runtime.log import FactLog
from services.runtime.publish import Publisher
from services.runtime.text_facts import last_versions, state_next

MADE = CaptionsMade(
    asset_id="a", track="speech-1", version=0, language="en", source="speech", vtt_key="assets/a/x.vtt", cues=1
)


async def test_of_many_who_state_a_version_at_once_each_gets_its_own(clean_streams: None, js: JetStreamContext) -> None:
    log, publish = FactLog(js), Publisher(js)
    facts = [replace(MADE, track=track, name=str(number)) for number in range(4) for track in ("speech-1", "upload-en")]
    stated = await asyncio.gather(*(state_next(fact, log, publish) for fact in facts))
    assert sorted(fact.version for fact in stated if fact.track == "speech-1") == [1, 2, 3, 4]
    assert sorted(fact.version for fact in stated if fact.track == "upload-en") == [1, 2, 3, 4]
    held = await log.facts("a", CaptionsMade)
    assert sorted((fact.track, fact.version, fact.name) for fact in held) == sorted(
        (fact.track, fact.version, fact.name) for fact in stated
    )


async def test_versions_go_on_after_a_removal_and_after_the_asset_was_purged(
    clean_streams: None, js: JetStreamContext
) -> None:
    log, publish = FactLog(js), Publisher(js)
    await state_next(MADE, log, publish)
    removed = await state_next(CaptionsRemoved(asset_id="a", track="speech-1", version=0), log, publish)
    assert removed.version == 2
    await publish(AssetPurged(asset_id="a", objects=1, attempt=1))
    assert (await state_next(MADE, log, publish)).version == 3
    assert await last_versions(log, "a") == {"speech-1": 3}
    assert await last_versions(log, "b") == {}
