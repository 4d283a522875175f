"""What is said in an original lies in the store as text soon after, and is heard again when somebody asks."""

import asyncio
from pathlib import Path

import msgspec
import numpy as np
import pytest
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext

from contracts.codec import decode, encode
from contracts.progress import Progressed, progress_subject
from contracts.v1 import AssetReady, AssetRetried, CaptionsMade
from services.runtime.store import Store
from tests.e2e.conftest import SAID
from tests.media import make_clip
from tests.voice import make_talk, silence, voice
from tests.watch import PATIENCE_S, id_of, outcome

pytestmark = pytest.mark.usefixtures("services")


async def told_of(progress: Subscription, asset_id: str) -> Progressed:
    """Return what is told next of how far an asset has come; others, of earlier tests, may be on their way as well."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            told = msgspec.json.decode((await progress.next_msg(timeout=PATIENCE_S)).data, type=Progressed)
            if told.asset_id == asset_id:
                return told


async def text_of(js: JetStreamContext, asset_id: str, *, after: int = 0) -> CaptionsMade:
    """Return the fact of the first transcript with a version after another one, once it is stated."""
    subject = CaptionsMade.subject_filter(asset_id).replace(">", "speech-1.>")
    subscription = await js.subscribe(subject, stream="MEDIA", ordered_consumer=True)
    while True:
        made = decode((await subscription.next_msg(timeout=PATIENCE_S)).data)
        assert isinstance(made, CaptionsMade)
        if made.version > after:
            await subscription.unsubscribe()
            return made


async def test_what_is_said_becomes_text_and_again_on_demand(
    tmp_path: Path, store: Store, nc: Client, js: JetStreamContext
) -> None:
    clip = make_talk(tmp_path / "talk.mp4", np.concatenate([silence(1.0), voice(6.0), silence(1.0)]))
    progress = await nc.subscribe(progress_subject())
    await store.put("uploads/talk.mp4", clip.read_bytes(), content_type="video/mp4")
    asset_id = await id_of(store, "uploads/talk.mp4")

    made = await text_of(js, asset_id)

    assert (made.track, made.asked, made.language, made.source, made.cues) == ("speech-1", 1, "en", "speech", 2)
    text = (await store.get(made.vtt_key)).decode()
    assert [own for *_, own in SAID] == [line for line in text.splitlines() if line.endswith(".")]
    assert [stored.key async for stored in store.list(f"assets/{asset_id}/captions/")] == [made.words_key, made.vtt_key]
    told = await told_of(progress, asset_id)
    assert told.track == "speech-1"
    assert told.done_s == pytest.approx(told.duration_s, abs=0.1)
    assert isinstance(await outcome(nc, asset_id), AssetReady)

    again = AssetRetried(asset_id=asset_id, edit="01", step="transcribe", attempt=1)
    await js.publish(again.subject, encode(again))
    second = await text_of(js, asset_id, after=made.version)
    assert second.asked > made.version
    assert second.vtt_key.endswith(f"/captions/speech-1/{second.asked}.speech.vtt")


async def test_what_an_uploader_says_is_spoken_is_what_is_heard(
    tmp_path: Path, store: Store, js: JetStreamContext
) -> None:
    clip = make_talk(tmp_path / "talk.mp4", np.concatenate([silence(1.0), voice(6.0), silence(1.0)]))
    key, metadata = "uploads/rede.mp4", {"headrace-language": "ger"}
    await store.put(key, clip.read_bytes(), content_type="video/mp4", metadata=metadata)

    made = await text_of(js, await id_of(store, key))

    # Told, so there was nothing to guess.
    assert (made.language, made.language_probability, made.cues) == ("de", None, 2)


async def test_where_nobody_speaks_it_is_said_that_nobody_does(
    tmp_path: Path, store: Store, nc: Client, js: JetStreamContext
) -> None:
    clip = make_clip(tmp_path / "beeps.mp4", beeps_s=[0.5])
    await store.put("uploads/beeps.mp4", clip.read_bytes(), content_type="video/mp4")
    asset_id = await id_of(store, "uploads/beeps.mp4")

    made = await text_of(js, asset_id)

    assert (made.cues, made.code, made.language) == (0, "no_speech", "und")
    assert isinstance(await outcome(nc, asset_id), AssetReady)
