"""Text tracks in playlists and manifest."""

import posixpath
from typing import cast
from xml.etree.ElementTree import fromstring

import pytest
from msgspec.structs import replace

from contracts.keys import (
    captions_key,
    manifest_key,
    multivariant_key,
    text_playlist_key,
    text_segment_key,
    withdrawn_key,
)
from contracts.v1 import AssetPackaged, AssetRestored, AssetRetried, CaptionsMade, CaptionsRemoved, Fact
from services.finalize.decide_manifest import check_manifest
from services.finalize.decide_playlists import check_index
from services.finalize.renditions import delivered_in
from services.package.handler import package_asset
from services.package.text import cues_of, segments
from services.runtime.errors import Early, Permanent
from services.runtime.log import FactLog
from services.runtime.store import Store, StoredObject, etag_of
from tests.hls import attributes, tags, uris
from tests.memory_log import MemoryLog
from tests.unit.package.samples import ASSET, RECIPE, SOUND, all_chunks, plan

PLAN = plan()
VTT = """WEBVTT

STYLE
::cue { color: lime }

00:00:00.000 --> 00:00:02.000
first

2
00:00:03.900 --> 00:00:04.100 line:5%
across

00:20.020 --> 00:21.000
last
"""
GERMAN = CaptionsMade(
    asset_id=ASSET,
    track="embedded-2",
    version=1,
    language="de",
    name='Deutsch "kurz"',
    source="embedded",
    vtt_key=captions_key(ASSET, "public", "embedded-2", 1),
    cues=3,
    default=True,
)
SDH = replace(GERMAN, track="upload-de", version=7, default=False, sdh=True, vtt_key="assets/x.vtt")


class TextStore:
    """A store in memory."""

    def __init__(self, **bodies: bytes) -> None:
        self.bodies = {GERMAN.vtt_key: VTT.encode(), SDH.vtt_key: VTT.encode(), **bodies}
        self.writes: list[str] = []

    async def head(self, key: str) -> StoredObject | None:
        body = self.bodies.get(key)
        return None if body is None else StoredObject(key, len(body), etag_of(body))

    async def get(self, key: str) -> bytes:
        if key not in self.bodies:
            raise Permanent("object_missing", key)
        return self.bodies[key]

    async def put(self, key: str, body: bytes, **_: object) -> str:
        self.bodies[key] = body
        self.writes.append(key)
        return etag_of(body)

    async def delete(self, keys: list[str]) -> None:
        for key in keys:
            self.bodies.pop(key, None)

    def text(self, key: str) -> str:
        return self.bodies[key].decode()


async def package(event: Fact, store: TextStore, log: MemoryLog) -> list[Fact]:
    log.held.append(event)
    stated = await package_asset(event, cast("Store", store), cast("FactLog", log))  # type: ignore[arg-type]
    log.held += stated
    return stated


async def packaged() -> tuple[TextStore, MemoryLog]:
    store, log = TextStore(), MemoryLog(PLAN)
    for event in all_chunks():
        await package(event, store, log)
    return store, log


def offered(store: TextStore) -> list[dict[str, str]]:
    index = store.text(multivariant_key(ASSET, RECIPE))
    media = [attributes(line) for line in tags(index, "EXT-X-MEDIA")]
    return [own for own in media if own["TYPE"] == "SUBTITLES"]


def test_a_cue_stands_in_every_segment_during_which_it_is_shown() -> None:
    cut = segments(PLAN, VTT)
    shown = [[cue.text.splitlines()[-1] for cue in cues_of(body)[1]] for body in cut]

    assert shown == [["first", "across"], ["across"], [], [], [], ["last"]]
    for body in cut:
        assert body.startswith("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n")
        assert "::cue { color: lime }" in body
    assert "00:00:03.900 --> 00:00:04.100 line:5%" in cut[1]


async def test_a_packaged_asset_gets_text_without_a_new_recipe() -> None:
    store, log = await packaged()
    assert offered(store) == []
    assert await package(GERMAN, store, log) == []
    assert await package(SDH, store, log) == []

    assert offered(store) == [
        {
            "TYPE": "SUBTITLES",
            "GROUP-ID": "text",
            "NAME": "Deutsch  kurz",
            "LANGUAGE": "de",
            "DEFAULT": "YES",
            "AUTOSELECT": "YES",
            "FORCED": "NO",
            "URI": "text/embedded-2/1/playlist.m3u8",
        },
        {
            "TYPE": "SUBTITLES",
            "GROUP-ID": "text",
            "NAME": "Deutsch  kurz (2)",
            "LANGUAGE": "de",
            "DEFAULT": "NO",
            "AUTOSELECT": "YES",
            "FORCED": "NO",
            "CHARACTERISTICS": "public.accessibility.transcribes-spoken-dialog,"
            "public.accessibility.describes-music-and-sound",
            "URI": "text/upload-de/7/playlist.m3u8",
        },
    ]
    index = store.text(multivariant_key(ASSET, RECIPE))
    assert {attributes(line)["SUBTITLES"] for line in tags(index, "EXT-X-STREAM-INF")} == {"text"}


async def test_the_text_playlist_is_cut_like_the_pictures() -> None:
    store, log = await packaged()
    await package(GERMAN, store, log)
    key = text_playlist_key(ASSET, RECIPE, "embedded-2", 1)
    playlist = store.text(key)

    assert tags(playlist, "EXTINF") == ["4.004000,"] * 5 + ["1.001000,"]
    led_to = [posixpath.join(posixpath.dirname(key), uri) for uri in uris(playlist)]
    assert led_to == [text_segment_key(ASSET, RECIPE, "embedded-2", 1, number) for number in range(6)]
    assert all(target in store.bodies for target in led_to)
    assert store.writes.index(led_to[-1]) < store.writes.index(key) < len(store.writes) - 1


async def test_the_manifest_offers_the_whole_text_on_the_periods_own_clock() -> None:
    store, log = await packaged()
    await package(GERMAN, store, log)
    key = manifest_key(ASSET, RECIPE)
    mpd, space = fromstring(store.text(key)), "{urn:mpeg:dash:schema:mpd:2011}"
    (own,) = [found for found in mpd.iter(f"{space}AdaptationSet") if found.get("contentType") == "text"]

    assert (own.get("lang"), own.get("mimeType")) == ("de", "text/vtt")
    assert [role.get("value") for role in own.iter(f"{space}Role")] == ["subtitle", "main"]
    url = own.findtext(f"{space}Representation/{space}BaseURL")
    assert posixpath.normpath(posixpath.join(posixpath.dirname(key), url or "")) == GERMAN.vtt_key


async def test_text_that_is_removed_or_empty_is_not_offered() -> None:
    store, log = await packaged()
    await package(replace(SDH, cues=0, code="no_speech", message="Nobody speaks."), store, log)
    await package(GERMAN, store, log)
    assert len(offered(store)) == 1
    await package(CaptionsRemoved(asset_id=ASSET, track="embedded-2", version=2), store, log)

    assert offered(store) == []
    assert "SUBTITLES" not in store.text(multivariant_key(ASSET, RECIPE))


async def test_text_that_is_there_before_the_asset_is_playable_is_offered_with_it() -> None:
    store, log = TextStore(), MemoryLog(PLAN)
    await package(GERMAN, store, log)
    assert multivariant_key(ASSET, RECIPE) not in store.bodies
    for event in all_chunks():
        await package(event, store, log)

    assert len(offered(store)) == 1
    cut = [key for key in store.writes if "/text/" in key]
    assert len(cut) == len(set(cut)) == 7


async def test_the_last_look_accepts_text_and_refuses_what_leads_elsewhere() -> None:
    store, log = await packaged()
    await package(GERMAN, store, log)
    made = next(fact for fact in log.held if isinstance(fact, AssetPackaged))
    renditions = delivered_in(PLAN, made, all_chunks())
    index = store.text(multivariant_key(ASSET, RECIPE))

    check_index(renditions, index)
    check_manifest(PLAN, renditions, store.text(manifest_key(ASSET, RECIPE)))
    for spoilt in (
        index.replace("text/embedded-2", "../other"),
        index.replace(',SUBTITLES="text"', "", 1),
        index.replace('NAME="Deutsch  kurz",', ""),
    ):
        with pytest.raises(ValueError, match=r"text|otherwise"):
            check_index(renditions, spoilt)


async def test_a_restored_asset_waits_for_its_text() -> None:
    store, log = await packaged()
    await package(GERMAN, store, log)
    for key in [key for key in store.bodies if key.endswith((".m3u8", ".mpd", ".vtt"))]:
        del store.bodies[key]
    restored, kept = AssetRestored(asset_id=ASSET, edit="e"), withdrawn_key(GERMAN.vtt_key)
    store.bodies[kept] = VTT.encode()
    with pytest.raises(Early) as waits:
        await package(restored, store, log)
    assert waits.value.delay_s(100) == 1
    store.bodies[GERMAN.vtt_key] = store.bodies.pop(kept)
    await package(restored, store, log)

    assert len(offered(store)) == 1
    assert text_playlist_key(ASSET, RECIPE, "embedded-2", 1) in store.bodies


async def test_an_asset_whose_text_is_lost_is_packaged_without_it_and_says_so() -> None:
    store, log = TextStore(), MemoryLog(PLAN, GERMAN, SDH)
    text = store.bodies.pop(GERMAN.vtt_key)
    for event in all_chunks():
        await package(event, store, log)

    assert [own["URI"].split("/")[1] for own in offered(store)] == ["upload-de"]
    (made,) = [fact for fact in log.held if isinstance(fact, AssetPackaged)]
    (warning,) = made.warnings
    assert GERMAN.vtt_key in warning
    assert "embedded-2/1.vtt" not in store.text(manifest_key(ASSET, RECIPE))

    store.bodies[GERMAN.vtt_key] = text
    retried = AssetRetried(asset_id=ASSET, edit="e", step="package", recipe=RECIPE, attempt=1)
    (again,) = await package(retried, store, log)
    assert isinstance(again, AssetPackaged)
    assert again.warnings == []
    assert len(offered(store)) == 2
    assert "embedded-2/1.vtt" in store.text(manifest_key(ASSET, RECIPE))


async def test_a_restored_asset_whose_text_is_lost_is_stated_again_with_a_warning() -> None:
    store, log = await packaged()
    await package(GERMAN, store, log)
    (before,) = [fact for fact in log.held if isinstance(fact, AssetPackaged)]
    for key in [key for key in store.bodies if key.endswith((".m3u8", ".mpd", ".vtt"))]:
        del store.bodies[key]
    (stated,) = await package(AssetRestored(asset_id=ASSET, edit="e"), store, log)

    assert isinstance(stated, AssetPackaged)
    assert (stated.subject, len(stated.warnings)) == (before.subject, 1)
    assert stated.message_id != before.message_id
    assert offered(store) == []
    assert await package(AssetRestored(asset_id=ASSET, edit="f"), store, log) == []


async def test_other_languages_are_listed_as_they_come() -> None:
    second = replace(SOUND, name="track-1", language="de", title="Deutsch", describes_video=True)
    both = plan(audio=[SOUND, second])
    store, log = TextStore(), MemoryLog(both)
    for event in all_chunks():
        await package(event, store, log)
    assert "track-1" not in store.text(multivariant_key(ASSET, RECIPE))
    for event in all_chunks():
        if event.part.startswith("audio"):
            renditions = [replace(own, rendition="audio/track-1") for own in event.renditions]
            await package(
                replace(event, part=event.part.replace("audio-0", "audio-1"), renditions=renditions), store, log
            )

    index = store.text(multivariant_key(ASSET, RECIPE))
    sounds = [attributes(line) for line in tags(index, "EXT-X-MEDIA")]
    told = [(own["NAME"], own["LANGUAGE"], own["DEFAULT"], own.get("CHARACTERISTICS")) for own in sounds]
    assert told == [
        ("main", "en", "YES", None),
        ("Deutsch", "de", "NO", "public.accessibility.describes-video"),
    ]
    assert any(isinstance(fact, AssetPackaged) for fact in log.held)
