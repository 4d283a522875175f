"""Text tracks over HTTP, on the real log and the real store, and what is said in them found."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from msgspec.structs import replace
from nats.aio.client import Client
from nats.js import JetStreamContext

from contracts.keys import captions_key
from contracts.v1 import (
    AssetDeleted,
    AssetPurged,
    CaptionsAsked,
    CaptionsMade,
    CaptionsRefused,
    captions_of,
    standing,
)
from services.catalog.transcripts import keep_transcripts
from services.runtime.background import end
from services.runtime.log import FactLog
from services.runtime.publish import Publisher
from services.runtime.settings import Settings
from services.runtime.store import Store
from services.runtime.text_facts import state_next
from tests import stories
from tests.asking import asking, following, key_of
from tests.processes import PATIENCE_S
from tests.projection import folded, projecting, publish, renew_tables

Told = Callable[..., Awaitable[None]]

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nThe quick <b>brown</b> fox\n\n00:03.000 --> 00:04.000\njumps & sleeps\n"
PATH = "/v1/assets/a/captions"


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await renew_tables(connection)
    yield connection
    await connection.close()


@pytest.fixture
async def http(
    clean_streams: None, settings: Settings, database: asyncpg.Connection, store: Store, nc: Client
) -> AsyncIterator[httpx.AsyncClient]:
    async with following(settings, database, store, nc) as client:
        yield client


@pytest.fixture
async def reading(settings: Settings, database: asyncpg.Connection, store: Store) -> AsyncIterator[None]:
    """Read the text of tracks beside the test, as the catalog does."""
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    task = asyncio.create_task(keep_transcripts(store, connection))
    yield
    await end({task})
    await connection.close()


@pytest.fixture
def told(js: JetStreamContext, database: asyncpg.Connection) -> Told:
    async def tell(*facts: Any) -> None:
        await publish(js, facts)
        await folded(database, js)

    return tell


@pytest.fixture
async def asset(http: httpx.AsyncClient, told: Told, store: Store) -> None:
    """Make a ready asset without text tracks; none of an earlier test is in the store."""
    await store.delete([found.key async for found in store.list("assets/a/captions/")])
    await store.delete([found.key async for found in store.list("private/a/captions/")])
    await told(*stories.life_of("a"))


async def added(http: httpx.AsyncClient, text: str = VTT, **said: object) -> dict[str, Any]:
    answer = await http.post(PATH, json={"text": text, **said})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def found(http: httpx.AsyncClient, text: str) -> list[dict[str, Any]]:
    answer = await http.get("/v1/assets", params={"q": text})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["assets"])


async def indexed(database: asyncpg.Connection) -> None:
    """Return when all text that stands was read."""
    async with asyncio.timeout(PATIENCE_S):
        while await database.fetchval("SELECT count(*) FROM captions WHERE indexed IS DISTINCT FROM version"):
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("asset")
async def test_a_file_becomes_a_text_track_that_everybody_can_read(http: httpx.AsyncClient, store: Store) -> None:
    made = await added(http, language="en", name="English", sdh=True)
    assert made["track"] == "upload-en"
    assert (made["state"], made["version"], made["source"], made["cues"], made["sdh"]) == ("made", 1, "upload", 2, True)
    async with httpx.AsyncClient() as reader:
        file = await reader.get(made["url"])
    assert file.headers["content-type"] == "text/vtt; charset=utf-8"
    assert file.text.startswith("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nThe quick <b>brown</b> fox\n")
    assert (await http.get(PATH)).json()["captions"] == [made] == (await http.get("/v1/assets/a")).json()["captions"]
    assert (await http.get(f"{PATH}/upload-en")).json() == {
        "captions": made,
        "cue_list": [
            {"number": 0, "start_s": 1.0, "end_s": 2.0, "text": "The quick <b>brown</b> fox", "settings": ""},
            {"number": 1, "start_s": 3.0, "end_s": 4.0, "text": "jumps &amp; sleeps", "settings": ""},
        ],
    }


@pytest.mark.usefixtures("asset")
async def test_a_second_track_of_a_language_has_a_name_of_its_own_even_after_the_first_is_gone(
    http: httpx.AsyncClient,
) -> None:
    assert [(await added(http, language="de-AT"))["track"] for _ in range(2)] == ["upload-de-at", "upload-de-at-2"]
    left = await http.delete(f"{PATH}/upload-de-at")
    assert [track["track"] for track in left.json()["captions"]] == ["upload-de-at-2"]
    assert (await added(http, language="de-AT"))["track"] == "upload-de-at-3"
    assert (await http.get(f"{PATH}/upload-de-at")).json()["code"] == "captions_missing"


@pytest.mark.usefixtures("asset")
async def test_an_edit_is_a_new_version_in_a_file_of_its_own(http: httpx.AsyncClient, js: JetStreamContext) -> None:
    first = await added(http, language="en")
    change = {
        "changes": [
            {"number": 0, "text": "A slow <i>fox</i>", "settings": "align:start"},
            {"number": 1, "remove": True},
        ],
        "add": [{"start_s": 0.5, "end_s": 0.9, "text": "a < b"}],
    }
    second = (await http.patch(f"{PATH}/upload-en", json=change)).json()
    assert (second["version"], second["source"], second["cues"]) == (2, "edit", 2)
    async with httpx.AsyncClient() as reader:
        assert "quick" in (await reader.get(first["url"])).text
        text = (await reader.get(second["url"])).text
    assert text == (
        "WEBVTT\n\n00:00:00.500 --> 00:00:00.900\na &lt; b\n\n"
        "00:00:01.000 --> 00:00:02.000 align:start\nA slow <i>fox</i>\n"
    )
    renamed = (await http.patch(f"{PATH}/upload-en", json={"name": "English", "language": "en-GB"})).json()
    assert (renamed["version"], renamed["url"], renamed["language"]) == (3, second["url"], "en-GB")
    facts = await FactLog(js).facts("a", CaptionsMade)
    assert [fact.version for fact in facts] == [1, 2, 3]


@pytest.mark.usefixtures("asset")
async def test_of_default_tracks_there_is_one_at_any_time(http: httpx.AsyncClient, js: JetStreamContext) -> None:
    for language in ("en", "de"):
        await added(http, language=language, default=True)
    tracks = (await http.get(PATH)).json()["captions"]
    assert {track["track"]: track["default"] for track in tracks} == {"upload-de": True, "upload-en": False}
    await http.patch(f"{PATH}/upload-en", json={"default": True})
    facts = await FactLog(js).facts("a", CaptionsMade)
    ever = [[fact.track for fact in standing(facts[:end]) if fact.default] for end in range(1, len(facts) + 1)]
    assert ever == [["upload-en"], [], ["upload-de"], [], ["upload-en"]]


@pytest.mark.usefixtures("asset")
async def test_who_has_not_seen_the_last_version_changes_nothing(http: httpx.AsyncClient) -> None:
    await added(http, language="en")
    seen = (await http.get(f"{PATH}/upload-en")).headers["etag"]
    unchanged = await http.get(f"{PATH}/upload-en", headers={"If-None-Match": seen})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    edit = {"changes": [{"number": 0, "text": "mine"}]}
    assert (await http.patch(f"{PATH}/upload-en", json=edit, headers={"If-Match": seen})).status_code == 200
    for late in (
        await http.patch(f"{PATH}/upload-en", json=edit, headers={"If-Match": seen}),
        await http.delete(f"{PATH}/upload-en", headers={"If-Match": seen}),
    ):
        assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")


@pytest.mark.usefixtures("asset")
async def test_of_edits_at_the_same_time_none_is_lost(http: httpx.AsyncClient) -> None:
    await added(http, language="en")
    adds = [{"add": [{"start_s": 10 + number, "end_s": 11 + number, "text": f"cue {number}"}]} for number in range(3)]
    answers = await asyncio.gather(*(http.patch(f"{PATH}/upload-en", json=add) for add in adds))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    cues = (await http.get(f"{PATH}/upload-en")).json()["cue_list"]
    assert [cue["text"] for cue in cues][2:] == ["cue 0", "cue 1", "cue 2"]


@pytest.mark.usefixtures("asset")
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"changes": [{"number": 9, "text": "x"}]}, 409, "cue_missing"),
        ({"changes": [{"number": 0, "end_s": 0.5}]}, 400, "cue_timing"),
        ({"changes": [{"number": 0, "text": "a\u0007"}]}, 400, "text_invalid"),
        ({"cues": [{"start_s": 1, "end_s": 2, "text": " \n "}]}, 400, "captions_empty"),
        ({"cues": [{"start_s": 1, "end_s": 2, "text": "x", "voice": "y"}]}, 400, "request_invalid"),
        ({"language": "d_e"}, 400, "request_invalid"),
    ],
)
async def test_an_edit_that_makes_no_text_track_is_refused(
    http: httpx.AsyncClient, change: Any, status: int, code: str
) -> None:
    await added(http, language="en")
    answer = await http.patch(f"{PATH}/upload-en", json=change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await http.get(PATH)).json()["captions"][0]["version"] == 1


@pytest.mark.usefixtures("asset")
async def test_a_file_that_is_wrong_is_refused_with_its_line(http: httpx.AsyncClient, js: JetStreamContext) -> None:
    answer = await http.post(PATH, json={"text": "WEBVTT\n\n00:01.000 --> 00:02\nHello.\n"})
    assert (answer.status_code, answer.json()["code"]) == (400, "cue_timing")
    assert answer.json()["detail"].startswith("Line 3 of the file has ")
    assert not [fact async for fact in _of(js)]


async def _of(js: JetStreamContext) -> AsyncIterator[str]:
    info = await js.stream_info("MEDIA", subjects_filter=captions_of("a"))
    for subject in info.state.subjects or {}:
        yield subject


@pytest.mark.usefixtures("asset")
async def test_a_file_that_was_written_and_never_stated_is_in_nobodys_way(
    http: httpx.AsyncClient, store: Store
) -> None:
    left = captions_key("a", "public", "upload-en", 1)
    await store.put(left, b"WEBVTT\n", content_type="text/vtt")
    made = await added(http, language="en")
    assert (made["version"], made["url"].endswith("/upload-en/2.vtt")) == (1, True)
    assert await store.get(left) == b"WEBVTT\n"


@pytest.mark.usefixtures("asset")
async def test_what_cannot_be_made_is_told_with_its_reason_and_what_is_there_stays(
    http: httpx.AsyncClient, told: Told
) -> None:
    refusal = CaptionsRefused(
        asset_id="a", track="speech-1", version=2, asked=1, code="no_model", message="Give a model."
    )
    await told(refusal)
    (track,) = (await http.get(PATH)).json()["captions"]
    assert (track["state"], track["code"], track["message"], track["url"]) == (
        "unavailable", "no_model", "Give a model.", None,
    )  # fmt: skip
    made = CaptionsMade(
        asset_id="a", track="speech-1", version=2, language="en", source="speech", vtt_key="assets/a/x.vtt", cues=1
    )
    await told(made, replace(refusal, version=3))
    (track,) = (await http.get(PATH)).json()["captions"]
    assert (track["state"], track["version"], track["code"], track["refusal_code"]) == ("made", 2, "", "no_model")


async def test_text_of_a_signed_asset_lies_where_a_token_opens_it(
    http: httpx.AsyncClient, told: Told, store: Store
) -> None:
    await store.delete([found.key async for found in store.list("private/a/captions/")])
    await told(replace(stories.ingested("a"), playback_policy="signed"))
    made = await added(http, language="en")
    assert made["url"].endswith("/v1/playback/{token}/a/captions/upload-en/1.vtt")
    assert (await store.get("private/a/captions/upload-en/1.vtt")).startswith(b"WEBVTT")


@pytest.mark.usefixtures("asset")
async def test_speech_is_written_down_again_when_it_is_asked_for(
    http: httpx.AsyncClient, told: Told, js: JetStreamContext
) -> None:
    asked = {"transcribe": {"language": "de", "hotwords": "Wehr, Fallhöhe"}}
    answer = await http.post(PATH, json=asked)
    assert (answer.status_code, answer.json()["state"], answer.json()["track"]) == (202, "making", "speech-1")
    again = await http.post(PATH, json=asked)
    assert (again.status_code, again.json()["code"]) == (409, "transcription_waits")
    english = await http.post(PATH, json={"transcribe": {"translate": True}})
    assert (english.status_code, english.json()["track"]) == (202, "speech-1-en")
    wishes = await FactLog(js).facts("a", CaptionsAsked)
    assert [(wish.track, wish.language, wish.translate, wish.hotwords, wish.version) for wish in wishes] == [
        ("speech-1", "de", False, "Wehr, Fallhöhe", 1),
        ("speech-1-en", "", True, "", 1),
    ]
    await told(
        CaptionsRefused(asset_id="a", track="speech-1", version=2, asked=1, code="no_model", message="Give a model.")
    )
    later = await http.post(PATH, json=asked)
    assert (later.status_code, later.json()["track"]) == (202, "speech-1")
    for wrong in ("x" * 501, "<|endoftext|>", "weir\n"):
        refused = await http.post(PATH, json={"transcribe": {"hotwords": wrong}})
        assert (refused.status_code, refused.json()["code"]) == (400, "request_invalid")
    for body in ({}, {"text": VTT, **asked}):
        assert (await http.post(PATH, json=body)).json()["code"] == "captions_ambiguous"


async def test_of_several_audio_streams_the_one_that_plays_is_written_down_and_any_that_is_asked_for(
    http: httpx.AsyncClient, told: Told, js: JetStreamContext
) -> None:
    life = stories.life_of("a")
    (own,) = stories.probed("a").probe.audio
    streams = [own, replace(own, index=2, language="deu", default=True)]
    probed = replace(stories.probed("a"), probe=replace(stories.probed("a").probe, audio=streams))
    await told(*(probed if fact == stories.probed("a") else fact for fact in life))
    for wish, track in (
        ({}, "speech-2"),
        ({"stream": 1}, "speech-1"),
        ({"stream": 1, "translate": True}, "speech-1-en"),
    ):
        answer = await http.post(PATH, json={"transcribe": wish})
        assert (answer.status_code, answer.json()["track"]) == (202, track), answer.text
    assert [wish.stream_index for wish in await FactLog(js).facts("a", CaptionsAsked)] == [2, own.index, own.index]
    none = await http.post(PATH, json={"transcribe": {"stream": 3}})
    assert (none.status_code, none.json()["code"]) == (409, "stream_missing")


@pytest.mark.usefixtures("asset")
async def test_an_edit_while_speech_is_written_down_has_a_version_of_its_own_and_so_has_the_transcript(
    http: httpx.AsyncClient, js: JetStreamContext, told: Told, store: Store
) -> None:
    log, publish, key = FactLog(js), Publisher(js), "assets/a/captions/speech-1/1.speech.vtt"
    await store.put(key, VTT.encode(), content_type="text/vtt")
    made = CaptionsMade(asset_id="a", track="speech-1", version=1, language="en", source="speech", vtt_key=key, cues=2)
    await told(made)
    assert (await http.post(PATH, json={"transcribe": {}})).status_code == 202
    (asked,) = await log.facts("a", CaptionsAsked)
    assert isinstance(asked, CaptionsAsked)
    assert asked.version == 2
    edited = (await http.patch(f"{PATH}/speech-1", json={"cues": [{"start_s": 1, "end_s": 2, "text": "x"}]})).json()
    assert edited["version"] == 3
    again = await http.post(PATH, json={"transcribe": {}})
    assert (again.status_code, again.json()["code"]) == (409, "transcription_waits")
    late = await state_next(replace(made, version=asked.version, asked=asked.version), log, publish)
    assert late.version == 4
    assert [fact.version for fact in await log.facts("a", CaptionsMade)] == [1, 3, 4]


@pytest.mark.usefixtures("asset")
async def test_an_asset_that_comes_again_after_it_was_purged_goes_on_counting_its_versions(
    http: httpx.AsyncClient, told: Told
) -> None:
    first = await added(http, language="en")
    await told(AssetDeleted(asset_id="a", edit="e", purge_at=datetime(2030, 1, 1, tzinfo=UTC)))
    await told(AssetPurged(asset_id="a", objects=1, attempt=1))
    await told(*(replace(fact, attempt=1) if hasattr(fact, "attempt") else fact for fact in stories.life_of("a")))
    second = await added(http, language="en")
    assert (first["version"], second["version"], second["track"]) == (1, 2, first["track"])
    assert first["url"] != second["url"]


@pytest.mark.usefixtures("asset", "reading")
async def test_what_is_said_is_found_with_its_time(http: httpx.AsyncClient, database: asyncpg.Connection) -> None:
    await added(http, language="en")
    await indexed(database)
    (asset,) = await found(http, "BROWN fo")
    assert asset["matches"] == [
        {"track": "upload-en", "start_s": 1.0, "end_s": 2.0, "text": "The quick brown fox"},
    ]
    (apart,) = await found(http, "quick sleeps")
    assert [match["start_s"] for match in apart["matches"]] == [1.0, 3.0]
    (by_title,) = await found(http, "clip")
    assert by_title["matches"] == []
    assert await found(http, "quick elephant") == []


@pytest.mark.usefixtures("asset", "reading")
async def test_a_search_tells_a_few_places_of_an_asset_the_best_ones(
    http: httpx.AsyncClient, database: asyncpg.Connection
) -> None:
    cues = [f"00:{second:02d}.000 --> 00:{second:02d}.900\nword {second}" for second in range(20)]
    cues[15] = cues[15].replace("word 15", "word of honour")
    await added(http, "\n\n".join(["WEBVTT", *cues]))
    await indexed(database)
    (asset,) = await found(http, "word honour")
    assert [match["start_s"] for match in asset["matches"]] == [0.0, 1.0, 2.0, 3.0, 15.0]


@pytest.mark.usefixtures("asset", "reading")
async def test_only_the_last_version_is_found(http: httpx.AsyncClient, database: asyncpg.Connection) -> None:
    await added(http, language="en")
    await indexed(database)
    await http.patch(f"{PATH}/upload-en", json={"changes": [{"number": 0, "text": "elephant"}]})
    await indexed(database)
    assert await found(http, "fox") == []
    assert len(await found(http, "elephant")) == 1
    await http.delete(f"{PATH}/upload-en")
    assert await found(http, "elephant") == []


@pytest.mark.usefixtures("asset", "reading")
async def test_a_deleted_asset_is_found_no_more_and_answers_for_no_text(
    http: httpx.AsyncClient, database: asyncpg.Connection, told: Told
) -> None:
    await added(http, language="en")
    await indexed(database)
    await told(AssetDeleted(asset_id="a", edit="e", purge_at=datetime(2030, 1, 1, tzinfo=UTC)))
    assert await found(http, "fox") == []
    for refused in (
        await http.get(PATH),
        await http.post(PATH, json={"text": VTT}),
        await http.patch(f"{PATH}/upload-en", json={"name": "x"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "asset_deleted")
    assert (await http.get("/v1/assets/a")).json()["captions"] == []
    await told(AssetPurged(asset_id="a", objects=1, attempt=1))
    counts = [await database.fetchval(f"SELECT count(*) FROM {name}") for name in ("captions", "cues", "passages")]
    assert counts == [0, 0, 0]


@pytest.mark.usefixtures("asset", "reading")
async def test_what_is_said_is_found_by_its_tenant_alone(
    http: httpx.AsyncClient, settings: Settings, database: asyncpg.Connection, store: Store, nc: Client
) -> None:
    await added(http, language="en")
    await indexed(database)
    key = await key_of(database, "other", "read")
    async with (
        asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool,
        asking(settings, pool, store, nc, key) as other,
    ):
        assert await found(other, "fox") == []


@pytest.mark.usefixtures("asset", "reading")
async def test_what_is_found_is_made_again_from_log_and_store(
    http: httpx.AsyncClient, settings: Settings, database: asyncpg.Connection, js: JetStreamContext
) -> None:
    await added(http, language="en")
    await added(http, "WEBVTT\n\n00:01.000 --> 00:02.000\nschnell\n", language="de")
    await http.delete(f"{PATH}/upload-de")
    await indexed(database)

    async def rows() -> list[Any]:
        tables = {"captions": "asset_id, track, tenant, version, vtt_key, indexed", "cues": "*", "passages": "*"}
        return [await database.fetch(f"SELECT {columns} FROM {name}") for name, columns in tables.items()]

    grown = await rows()
    async with database.transaction():
        await database.execute("UPDATE checkpoint SET sequence = 0, skipped = 0")
        await database.execute("TRUNCATE assets, parts, captions, cues, passages")
    async with projecting(settings, js):
        await folded(database, js)
        await indexed(database)
    assert await rows() == grown
