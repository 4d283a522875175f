"""A process that transcribes is killed in the middle of a file: another one goes on, and what comes out is the same."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from msgspec.structs import replace
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext

from contracts.codec import decode, encode
from contracts.progress import Progressed, progress_subject
from contracts.v1 import AudioStream, CaptionsMade, Original, TranscribeAudio
from infra.local.stack import Stack
from services.runtime.store import Store
from tests.voice import RATE_HZ, silence, voice
from tests.whisper_model import make_model

pytestmark = pytest.mark.usefixtures("clean_streams")

PATIENCE_S = 120.0
WINDOWS = 3
LENGTH_S = WINDOWS * 560.0
KEY = "uploads/lecture.flac"
TASK = TranscribeAudio(
    asset_id="lecture",
    recipe="r1",
    original=Original(bucket="media", key=KEY, size_bytes=1, etag="e"),
    track="speech-1",
    source=AudioStream(index=0, codec="flac", sample_rate_hz=RATE_HZ, channels=1, start_s=0.0, duration_s=LENGTH_S),
    timeline_start_s=0.0,
    duration_s=LENGTH_S,
)


def make_lecture(path: Path) -> Path:
    """Write some minutes in which somebody says a little now and then."""
    turn = np.concatenate([voice(4.0), silence(66.0)])
    sound = (np.tile(turn, round(LENGTH_S * RATE_HZ / len(turn))) * 32_000).astype(np.int16)
    with av.open(str(path), "w", format="flac") as output:
        stream = output.add_stream("flac", rate=RATE_HZ, layout="mono", format="s16")
        for first in range(0, len(sound), RATE_HZ):
            frame = AudioFrame.from_ndarray(sound[None, first : first + RATE_HZ], "s16", "mono")
            frame.sample_rate, frame.pts = RATE_HZ, first
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


@asynccontextmanager
async def transcribing(environment: Mapping[str, str]) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.transcribe.app", env=environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def made(js: JetStreamContext, track: str) -> CaptionsMade:
    """Return the fact that a track is made, once it is stated."""
    subject = CaptionsMade.subject_filter(TASK.asset_id).replace(">", f"{track}.>")
    subscription = await js.subscribe(subject, stream="MEDIA", ordered_consumer=True)
    fact = decode((await subscription.next_msg(timeout=PATIENCE_S)).data)
    await subscription.unsubscribe()
    assert isinstance(fact, CaptionsMade)
    return fact


async def next_done_s(progress: Subscription) -> float:
    return msgspec.json.decode((await progress.next_msg(timeout=PATIENCE_S)).data, type=Progressed).done_s


async def test_who_takes_over_goes_on_after_the_last_window_that_was_finished(
    tmp_path: Path, stack: Stack, store: Store, nc: Client, js: JetStreamContext
) -> None:
    model = make_model(tmp_path / "tiny", [(0.0, 2.0, "Hello, my fellow listeners."), (2.0, 4.5, "This is a test.")])
    own = {"HEADRACE_WHISPER_MODEL": str(model), "HEADRACE_WHISPER_THREADS": "1", "HEADRACE_TRANSCRIBE_NICENESS": "19"}
    environment = os.environ | stack.environment_of("transcribe") | own
    await store.put(KEY, make_lecture(tmp_path / "lecture.flac").read_bytes(), content_type="audio/flac")
    await store.delete([old.key async for old in store.list(f"assets/{TASK.asset_id}/")])
    progress = await nc.subscribe(progress_subject())

    await js.publish(TASK.subject, encode(TASK))
    async with transcribing(environment) as first:
        done_s = [await next_done_s(progress)]
        first.kill()
        await first.wait()
    async with transcribing(environment):
        disturbed = await made(js, TASK.track)
        while progress.pending_msgs:
            done_s.append(await next_done_s(progress))
        whole = replace(TASK, track="speech-2")
        await js.publish(whole.subject, encode(whole))
        undisturbed = await made(js, whole.track)

    # No window was heard twice, which would have told its end twice.
    assert len(done_s) > 1
    assert done_s == sorted(set(done_s))
    assert done_s[-1] == pytest.approx(LENGTH_S, abs=0.1)
    assert disturbed == replace(
        undisturbed, **{name: getattr(disturbed, name) for name in ("track", "vtt_key", "words_key")}
    )
    assert disturbed.cues > WINDOWS
    for one, other in ((disturbed.vtt_key, undisturbed.vtt_key), (disturbed.words_key, undisturbed.words_key)):
        assert await store.get(one) == await store.get(other)
    subjects = (await js.stream_info("MEDIA", subjects_filter=CaptionsMade.subject_filter())).state.subjects
    assert subjects == {disturbed.subject: 1, undisturbed.subject: 1}
    assert sorted([kept.key async for kept in store.list(f"assets/{TASK.asset_id}/")]) == sorted(
        key for fact in (disturbed, undisturbed) for key in (fact.vtt_key, fact.words_key)
    )
