"""Task ``transcribe.audio`` → ``captions.made``, or ``captions.refused`` where there is no model.

What somebody stated of the track meanwhile stays; the transcript is a version after that.

Each window that is finished is an object in the store until all are: a task whose worker died goes on after the last.
"""

from contextlib import aclosing
from typing import Annotated

import msgspec
from faststream import Context

from contracts.keys import captions_key, policy_of
from contracts.v1 import CaptionsMade, TranscribeAudio
from services.runtime.inject import LogDep, PublishDep, StoreDep
from services.runtime.store import FOREVER, Store
from services.runtime.text_facts import state_next
from services.transcribe.answer import captions_made, captions_refused, words_document, words_of
from services.transcribe.cues import cues_of
from services.transcribe.decide import (
    Kept,
    fingerprint,
    is_done,
    order_of,
    resumed,
    vtt_key,
    window_key,
    words_key,
)
from services.transcribe.heard import NoModel, Order, Window
from services.transcribe.listener import Listener
from services.transcribe.progress import Progress
from services.transcribe.webvtt import webvtt
from services.transcribe.wishes import Wishes

# A task may wait for hours for processor time between opening an original and reading its end.
_SIGNED_S = 7 * 86_400

_kept = msgspec.json.Decoder(Kept)


async def transcribe_audio(
    task: TranscribeAudio,
    store: StoreDep,
    log: LogDep,
    publish: PublishDep,
    listener: Annotated[Listener, Context("listener")],
    *,
    wishes: Annotated[Wishes, Context("wishes")],
    progress: Annotated[Progress, Context("progress")],
) -> None:
    """Write down what is said, unless that is stated already."""
    if is_done(task, await log.facts(task.asset_id, CaptionsMade)):
        return
    model = await listener.model(wishes.of(task.profile))
    if isinstance(model, NoModel):
        await state_next(captions_refused(task, model), log, publish)
        return
    order = order_of(task, wishes, model)
    windows = await _finished(task, order, store)
    url = await store.presigned_get(task.original.key, expires_s=_SIGNED_S)
    async with aclosing(listener.hear(url, resumed(order, windows))) as heard:
        async for window in heard:
            await _keep(task, order, len(windows), window, store)
            windows.append(window)
            await progress.tell(task, window.end_s)
    await state_next(await _written(task, order, windows, store), log, publish)


async def _finished(task: TranscribeAudio, order: Order, store: Store) -> list[Window]:
    """Return the windows that were finished before, as far as they answer this order."""
    asked, windows = fingerprint(order), list[Window]()
    while await store.head(key := window_key(task, len(windows))) is not None:
        kept = _kept.decode(await store.get(key))
        if kept.asked != asked:
            break
        windows.append(kept.window)
    return windows


async def _keep(task: TranscribeAudio, order: Order, number: int, window: Window, store: Store) -> None:
    body = msgspec.json.encode(Kept(fingerprint(order), window))
    await store.put(window_key(task, number), body, content_type="application/json")


async def _written(task: TranscribeAudio, order: Order, windows: list[Window], store: Store) -> CaptionsMade:
    """Write the transcript, delete its windows, and return what there is."""
    words = words_of(windows)
    cues = cues_of(words, task.duration_s)
    made = captions_made(task, order, windows, cues)
    document = msgspec.json.encode(words_document(made, words))
    await store.put(words_key(task), document, content_type="application/json", cache_control=FOREVER)
    text = webvtt(cues).encode()
    await store.put(vtt_key(task), text, content_type="text/vtt; charset=utf-8", cache_control=FOREVER)
    folder = captions_key(task.asset_id, policy_of(task.recipe), task.track, task.version, "windows/")
    await store.delete([kept.key async for kept in store.list(folder)])
    return made
