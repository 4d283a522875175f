"""A task from beginning to end: a real child with a model that tests made, and a store in memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from contracts.v1 import AudioStream, CaptionsMade, CaptionsRefused, Original, TranscribeAudio, standing
from services.runtime.errors import Permanent
from services.runtime.log import FactLog
from services.runtime.publish import Publisher
from services.runtime.store import Store, StoredObject
from services.transcribe.answer import captions_made, captions_refused
from services.transcribe.app import build
from services.transcribe.decide import Kept, fingerprint, order_of, window_key
from services.transcribe.handler import transcribe_audio
from services.transcribe.heard import Model, NoModel, Window, Word
from services.transcribe.listener import Listener
from services.transcribe.progress import Progress
from services.transcribe.settings import TranscribeSettings
from services.transcribe.wishes import ProfileWishes, Wishes
from tests.memory_log import MemoryLog
from tests.range_server import RangeServer, serving
from tests.unit.transcribe.conftest import SAID
from tests.voice import silence, voice, write_wav

TASK = TranscribeAudio(
    asset_id="a1",
    tenant="acme",
    recipe="signed-r1",
    original=Original(bucket="media", key="uploads/talk.wav", size_bytes=1, etag="e"),
    track="speech-1",
    source=AudioStream(index=0, codec="pcm_s16le", sample_rate_hz=16000, channels=1, start_s=0.0, duration_s=20.0),
    timeline_start_s=0.0,
    duration_s=20.0,
    profile="balanced",
)
FOLDER = "private/a1/captions/speech-1"


class ShelfStore:
    """A store in memory; the original is served elsewhere."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.objects: dict[str, bytes] = {}

    async def presigned_get(self, key: str, expires_s: int) -> str:
        return self.url

    async def put(self, key: str, body: bytes, *, content_type: str, cache_control: str | None = None) -> str:
        self.objects[key] = body
        return "etag"

    async def get(self, key: str) -> bytes:
        return self.objects[key]

    async def head(self, key: str) -> StoredObject | None:
        return StoredObject(key, len(self.objects[key]), "etag") if key in self.objects else None

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        for key in sorted(self.objects):
            if key.startswith(prefix):
                yield StoredObject(key, 1, "etag")

    async def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            del self.objects[key]


class HeardProgress:
    """Notes what is told."""

    def __init__(self) -> None:
        self.done_s: list[float] = []

    async def tell(self, task: TranscribeAudio, done_s: float) -> None:
        self.done_s.append(done_s)


class Workplace:
    """A service's surroundings, over the sound in a file."""

    def __init__(self, url: str, model: str, log: MemoryLog | None = None) -> None:
        settings = TranscribeSettings(store_url=url, whisper_model=model, whisper_threads=1, transcribe_niceness=0)
        self.wishes = settings.wishes
        self.store, self.progress, self.listener = ShelfStore(url), HeardProgress(), Listener(settings)
        self.log = log or MemoryLog()

    async def work(self, task: TranscribeAudio = TASK) -> object:
        """Do a task; return the fact that it stated, if it did."""
        before = len(self.log.held)
        await transcribe_audio(
            task,
            cast("Store", self.store),
            cast("FactLog", self.log),
            cast("Publisher", self.log.publish),
            self.listener,
            wishes=self.wishes,
            progress=cast("Progress", self.progress),
        )
        return next(iter(self.log.held[before:]), None)


@asynccontextmanager
async def at(source: Path, model: Model) -> AsyncIterator[tuple[Workplace, RangeServer]]:
    with serving(source) as served:
        place = Workplace(served.url, model.folder)
        yield place, served
        await place.listener.close()


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sound = np.concatenate([silence(1.0), voice(6.0), silence(5.0), voice(6.0), silence(2.0)])
    return write_wav(tmp_path_factory.mktemp("talk") / "talk.wav", sound)


async def test_what_is_said_lies_in_the_store_as_text_and_as_words(talk: Path, model: Model) -> None:
    async with at(talk, model) as (place, _):
        made = await place.work()

    assert made == CaptionsMade(
        asset_id="a1",
        tenant="acme",
        track="speech-1",
        version=1,
        source="speech",
        language="en",
        language_probability=1.0,
        vtt_key=f"{FOLDER}/1.speech.vtt",
        words_key=f"{FOLDER}/1.speech.json",
        cues=2,
        asked=1,
    )
    assert set(place.store.objects) == {made.vtt_key, made.words_key}
    text = place.store.objects[made.vtt_key].decode()
    assert text.startswith("WEBVTT\n")
    assert [line for line in text.splitlines() if line.endswith(".") and "-->" not in line] == [own for *_, own in SAID]
    document = msgspec.json.decode(place.store.objects[made.words_key])
    assert [word["text"] for word in document["words"]] == " ".join(own for *_, own in SAID).split()
    assert document["language"] == "en"
    assert place.progress.done_s == [20.0]


async def test_the_next_task_finds_the_model_loaded(talk: Path, model: Model) -> None:
    async with at(talk, model) as (place, _):
        first = await place.work()
        again = await place.work(replace(TASK, version=2, language="de-AT", translate=True))

    assert isinstance(first, CaptionsMade)
    assert isinstance(again, CaptionsMade)
    # Written in English, whatever is spoken; what was told need not be guessed.
    assert (again.version, again.language, again.language_probability) == (2, "en", None)


async def test_a_profile_may_have_a_model_of_its_own_and_one_at_a_time_is_in_memory(
    talk: Path, model: Model, german_model: Model
) -> None:
    async with at(talk, model) as (place, _):
        place.wishes = replace(place.wishes, profiles={"best": ProfileWishes(model=german_model.folder)})
        tasks = [replace(TASK, version=version, profile="best" if version == 2 else "fast") for version in (1, 2, 3)]
        told, children = [], []
        for task in tasks:
            made = await place.work(task)
            assert isinstance(made, CaptionsMade)
            told.append((made.language, "Guten Tag." in place.store.objects[made.vtt_key].decode()))
            kept = place.listener._child
            assert kept is not None
            assert kept._idle is not None
            children.append(kept._idle.process)
            alive = [child.status.done() for child in children]
            assert alive == [True] * (len(children) - 1) + [False]

    assert told == [("en", False), ("de", True), ("en", False)]


async def test_what_was_finished_is_not_heard_again(talk: Path, model: Model) -> None:
    async with at(talk, model) as (place, _):
        used = await place.listener.model(place.wishes)
        assert isinstance(used, Model)
        order = order_of(TASK, Wishes(), used)
        told = [Word(2.0, 3.0, " Bonjour.", 0.9)]
        done = Window(start_s=0.0, end_s=10.0, peak=0.5, words=told, language="fr", language_probability=0.7)
        place.store.objects[window_key(TASK, 0)] = msgspec.json.encode(Kept(fingerprint(order), done))
        made = await place.work()

    assert isinstance(made, CaptionsMade)
    words = [word["text"] for word in msgspec.json.decode(place.store.objects[made.words_key])["words"]]
    assert words == ["Bonjour.", *" ".join(own for *_, own in SAID).split()]
    assert (made.language, made.language_probability) == ("fr", 0.7)
    assert not [key for key in place.store.objects if "windows" in key]


async def test_what_another_model_finished_is_heard_again(talk: Path, model: Model) -> None:
    async with at(talk, model) as (place, _):
        done = Window(start_s=0.0, end_s=10.0, peak=0.5, words=[Word(2.0, 3.0, " Bonjour.", 0.9)], language="fr")
        place.store.objects[window_key(TASK, 0)] = msgspec.json.encode(Kept("another", done))
        made = await place.work()

    assert isinstance(made, CaptionsMade)
    assert b"Bonjour" not in place.store.objects[made.vtt_key]


async def test_what_is_stated_is_not_made_again(model: Model) -> None:
    stated = CaptionsMade(
        asset_id="a1", track="speech-1", version=4, language="en", source="speech", vtt_key="k", cues=1, asked=1
    )
    assert await Workplace("http://127.0.0.1:9/nobody", model.folder, MemoryLog(stated)).work() is None


async def test_who_edits_a_track_meanwhile_takes_its_version_and_the_transcript_comes_after_it(
    talk: Path, model: Model
) -> None:
    edit = CaptionsMade(asset_id="a1", track="speech-1", version=2, language="en", source="edit", vtt_key="e", cues=1)
    async with at(talk, model) as (place, _):
        first = await place.work()
        # Asked for as version 2, and edited while it waits.
        place.log.held.append(edit)
        second = await place.work(replace(TASK, version=2))
        again = await place.work(replace(TASK, version=2))

    assert isinstance(first, CaptionsMade)
    assert isinstance(second, CaptionsMade)
    assert (first.version, second.version, second.asked, again) == (1, 3, 2, None)
    assert {first.vtt_key, second.vtt_key} <= place.store.objects.keys()
    assert standing(place.log.held) == [second]


async def test_a_refusal_comes_after_what_was_stated_meanwhile(model: Model) -> None:
    edit = CaptionsMade(asset_id="a1", track="speech-1", version=1, language="en", source="edit", vtt_key="e", cues=1)
    refused = await Workplace("http://127.0.0.1:9/nobody", "", MemoryLog(edit)).work()
    assert isinstance(refused, CaptionsRefused)
    assert refused.version == 2


@pytest.mark.parametrize(("gain", "code"), [(0.0, "silent"), (0.02, "no_speech")])
async def test_where_nobody_speaks_the_transcript_is_empty_and_says_why(
    tmp_path: Path, model: Model, gain: float, code: str
) -> None:
    noise = (gain * np.random.default_rng(1).standard_normal(80_000)).astype(np.float32)
    async with at(write_wav(tmp_path / "a.wav", noise), model) as (place, _):
        made = await place.work()

    assert isinstance(made, CaptionsMade)
    assert (made.cues, made.code, made.language) == (0, code, "und")
    assert made.message
    assert place.store.objects[made.vtt_key] == b"WEBVTT\n"


async def test_a_tenth_of_a_second_has_a_transcript_that_says_why_it_is_empty(tmp_path: Path, model: Model) -> None:
    async with at(write_wav(tmp_path / "a.wav", voice(0.1)), model) as (place, _):
        made = await place.work(replace(TASK, duration_s=0.1))

    assert isinstance(made, CaptionsMade)
    assert (made.cues, made.code) == (0, "no_speech")
    assert set(place.store.objects) == {made.vtt_key, made.words_key}


async def test_sound_that_ends_before_the_asset_begins_is_silent(tmp_path: Path, model: Model) -> None:
    async with at(write_wav(tmp_path / "a.wav", voice(3.0)), model) as (place, _):
        made = await place.work(replace(TASK, timeline_start_s=10.0))

    assert isinstance(made, CaptionsMade)
    assert (made.cues, made.code) == (0, "silent")


async def test_without_a_model_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    for name in ("", str(tmp_path), str(tmp_path / "nowhere"), "tiny"):
        refused = await Workplace("http://127.0.0.1:9/nobody", name).work()
        assert isinstance(refused, CaptionsRefused)
        assert (refused.code, refused.track, refused.version) == ("no_model", "speech-1", 1)
        assert "HEADRACE_WHISPER_MODEL" in refused.message


async def test_what_cannot_be_opened_is_refused_and_the_child_stays(talk: Path, tmp_path: Path, model: Model) -> None:
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(b"rubbish" * 1000)
    async with at(rubbish, model) as (place, served):
        with pytest.raises(Permanent) as refused:
            await place.work()
        served.data = talk.read_bytes()
        made = await place.work()

    assert refused.value.code == "not_media"
    assert captions_refused(TASK, refused.value).code == "not_media"
    assert isinstance(made, CaptionsMade)


def test_settings_are_what_a_task_leaves_open(model: Model) -> None:
    wishes = Wishes(language="fr", translate=True, hotwords="Headrace", batch=4)
    order = order_of(replace(TASK, hotwords="weir"), wishes, model)
    assert (order.language, order.translate, order.hotwords, order.beam_size) == ("fr", True, "Headrace, weir", 3)
    own = order_of(replace(TASK, language="pt-BR", translate=False, profile="unknown"), wishes, model)
    assert (own.language, own.translate, own.beam_size) == ("pt", False, 1)


@pytest.mark.parametrize(
    ("own", "given"),
    [
        (ProfileWishes(), {}),
        (ProfileWishes(language="de"), {"language": "de"}),
        (ProfileWishes(language="auto"), {"language": ""}),
        (ProfileWishes(translate=False), {"translate": False}),
        (ProfileWishes(hotwords="sluice"), {"hotwords": "sluice, weir"}),
        (ProfileWishes(hotwords=""), {"hotwords": "weir"}),
        (ProfileWishes(vad=False), {"vad": False}),
        (ProfileWishes(batch=8), {"batch": 8}),
        (ProfileWishes(model="large-v3", compute_type="float16"), {}),
    ],
)
def test_a_profile_has_what_it_wishes_and_else_what_all_have(
    own: ProfileWishes, given: dict[str, object], model: Model
) -> None:
    wishes = Wishes(language="fr", translate=True, hotwords="Headrace", batch=4, profiles={"best": own})
    task = replace(TASK, hotwords="weir", profile="best")
    for_all = order_of(task, replace(wishes, profiles={}), model)
    assert order_of(task, wishes, model) == replace(for_all, **given)
    other = replace(task, profile="fast")
    assert order_of(other, wishes, model) == replace(for_all, beam_size=1)
    assert order_of(replace(task, language="pt", translate=True), wishes, model).language == "pt"


def test_a_profile_may_have_a_model_and_a_way_to_compute() -> None:
    wishes = Wishes(model="small", profiles={"best": ProfileWishes(model="large-v3", compute_type="int8_float32")})
    told = [(own.model, own.compute_type) for own in map(wishes.of, ("fast", "best", "unheard-of"))]
    assert told == [("small", "int8"), ("large-v3", "int8_float32"), ("small", "int8")]


def test_what_profiles_wish_comes_from_the_environment_and_what_is_wrong_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert TranscribeSettings().wishes.profiles == {}
    told = '{"best": {"model": "large-v3", "translate": false, "hotwords": "weir", "vad": true, "batch": 4}}'
    monkeypatch.setenv("HEADRACE_WHISPER_PROFILES", told)
    own = ProfileWishes(model="large-v3", translate=False, hotwords="weir", vad=True, batch=4)
    assert TranscribeSettings().wishes.profiles == {"best": own}
    for wrong in ('{"slowest": {}}', '{"best": {"device": "cuda"}}', '{"best": {"batch": 0}}', '{"best": 1}'):
        monkeypatch.setenv("HEADRACE_WHISPER_PROFILES", wrong)
        with pytest.raises(ValidationError, match="whisper_profiles"):
            TranscribeSettings()


@pytest.mark.parametrize(
    ("told", "heard_as", "written"),
    [
        ("de", "de", "de"), ("DEU", "de", "de"), ("por-BR", "pt", "pt-BR"),
        ("zh-Hant", "zh", "zh-Hant"), ("afr", "af", "af"),
        ("nb", "no", "nb"), ("jv", "jw", "jv"), ("fil", "tl", "fil"), ("xx", "xx", "xx"), ("", "fr", "fr"),
    ],
)  # fmt: skip
def test_languages_are_told_to_whisper_in_its_codes_and_written_as_people_do(
    told: str, heard_as: str, written: str, model: Model
) -> None:
    task = replace(TASK, language=told)
    order = order_of(task, Wishes(language="fr"), model)
    window = Window(start_s=0.0, end_s=1.0, peak=0.5, words=[Word(0.0, 1.0, " Ja.", 0.9)], language=heard_as)

    assert order.language == heard_as
    assert captions_made(task, order, [window], []).language == written


@pytest.mark.parametrize("told", ["und", "mul"])
def test_a_language_that_is_not_known_is_found_out(told: str, model: Model) -> None:
    task = replace(TASK, language=told)
    order = order_of(task, Wishes(language="fr"), model)
    window = Window(start_s=0.0, end_s=1.0, peak=0.5, words=[Word(0.0, 1.0, " Ja.", 0.9)], language="jw")

    assert order.language == ""
    assert captions_made(task, order, [window], []).language == "jv"
    assert captions_made(task, order, [], []).language == "und"


def test_failed_work_is_refused_captions_and_no_failed_asset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.service.configure_logs", lambda *_: None)
    service = build(TranscribeSettings())
    assert service._settlement.otherwise == {TranscribeAudio: captions_refused}
    assert NoModel("x").code == "no_model"
