"""An original's own subtitles as WebVTT."""

from pathlib import Path

import pytest
from av.stream import Disposition

from contracts.v1 import (
    AssetPurged,
    CaptionsMade,
    CaptionsRemoved,
    ExtractText,
    Fact,
    Original,
    TextStream,
    standing,
)
from services.ladder_encode.decide_text import captions_made, wanted
from services.ladder_encode.media.subtitles import read_subtitles, webvtt_text
from services.package.text import cues_of
from services.probe.media import read_probe
from services.runtime.cues import plain
from services.runtime.webvtt import read_text_track
from tests.tracks import Text, make_film

ORIGINAL = Original(bucket="media", key="uploads/film.mkv", size_bytes=1, etag="e")


def task(streams: list[TextStream], *, timeline_start_s: float = 0.0, duration_s: float = 2.0) -> ExtractText:
    return ExtractText(
        asset_id="a",
        recipe="r",
        original=ORIGINAL,
        streams=streams,
        timeline_start_s=timeline_start_s,
        duration_s=duration_s,
    )


@pytest.mark.parametrize(
    ("container", "codec", "text", "cue"),
    [
        ("mkv", "subrip", "Is <i>that</i> so?\n1 < 2 & 3", "Is <i>that</i> so?\n1 &lt; 2 &amp; 3"),
        ("mkv", "ass", r"0,0,Default,,0,0,0,,{\pos(1,2)}Is {\i1}that{\i0} so?\Nyes", "Is <i>that</i> so?\nyes"),
        ("mkv", "webvtt", "Is <i>that</i> so?", "Is <i>that</i> so?"),
        ("mp4", "mov_text", "Is that so?", "Is that so?"),
    ],
)
def test_text_of_every_kind_becomes_a_cue(tmp_path: Path, container: str, codec: str, text: str, cue: str) -> None:
    film = make_film(
        tmp_path / f"film.{container}", texts=[Text("ger", [(0.5, 1.25, text)], "Für alle", codec, Disposition.forced)]
    )
    probe = read_probe(str(film), film.stat().st_size)
    (stream,) = probe.text
    assert (stream.codec, stream.language, stream.title) == (codec, "ger", "Für alle")
    (read,) = read_subtitles(str(film), task(probe.text), [stream.index])

    assert read.vtt == f"WEBVTT\n\n00:00:00.500 --> 00:00:01.250\n{cue}\n"
    assert read.cues == 1


def test_several_streams_are_read_at_once_and_keep_their_flags(tmp_path: Path) -> None:
    texts = [
        Text("ger", [(0.0, 1.0, "eins"), (1.0, 2.0, "zwei")], flags=Disposition.default | Disposition.forced),
        Text("eng", [(0.2, 0.4, "one")], flags=Disposition.hearing_impaired),
    ]
    film = make_film(tmp_path / "film.mkv", texts=texts)
    streams = read_probe(str(film), film.stat().st_size).text
    asked = task(streams)
    made = captions_made(asked, read_subtitles(str(film), asked, [own.index for own in streams]), wanted(asked, []))

    assert [(fact.track, fact.language, fact.name, fact.cues, fact.version) for fact in made] == [
        (f"embedded-{streams[0].index}", "de", "German", 2, 1),
        (f"embedded-{streams[1].index}", "en", "English", 1, 1),
    ]
    assert [(fact.default, fact.forced, fact.sdh) for fact in made] == [(True, True, False), (False, False, True)]


def test_times_count_from_the_picture_and_end_with_it(tmp_path: Path) -> None:
    lines = [(0.0, 0.3, "before"), (0.4, 1.0, "across"), (1.0, 9.0, "beyond")]
    film = make_film(tmp_path / "film.mkv", texts=[Text("eng", lines)])
    streams = read_probe(str(film), film.stat().st_size).text
    asked = task(streams, timeline_start_s=0.5, duration_s=1.5)
    (read,) = read_subtitles(str(film), asked, [streams[0].index])

    assert [(cue.start_ms, cue.end_ms) for cue in cues_of(read.vtt)[1]] == [(0, 500), (500, 1500)]


@pytest.mark.parametrize(
    ("ass", "cue", "settings"),
    [
        (r"{\i1}a{\b1}b{\i0}c", "<i>a<b>b</b></i><b>c</b>", ""),
        (r"{\an8}up", "up", " line:5%"),
        (r"{\p1}m 0 0 l 1 1{\p0}", "", ""),
        (r"a\N\N b\h, {\blur3}c", "a\nb , c", ""),
        (r"{\i1\b1}a{\r}b{\i1}c{\rAlt}d", "<i><b>a</b></i>b<i>c</i>d", ""),
        (r"{\k20}ka{\kf15}ra{\ko30}o{\K5}ke", "karaoke", ""),
        ("a\x1ab\x00\x7f", "a b", ""),
        (r"{\i1}{\i0} \h\N", "", ""),
        ("שלום 👩‍👩‍👧 -->", "שלום 👩‍👩‍👧 --&gt;", ""),
        (r"{\b1}" + "&" * 3000 + r"{\b0}", "<b>" + "&amp;" * 2000 + "</b>", ""),
    ],
)
def test_styling_that_webvtt_has_is_kept(ass: str, cue: str, settings: str) -> None:
    assert webvtt_text(f"0,0,Default,,0,0,0,,{ass}") == (cue, settings)


def test_what_is_written_is_read_again_as_it_was_counted(tmp_path: Path) -> None:
    lines = [(0.0, 0.4004, "at once"), (0.4006, 0.5, "a\x1a"), (0.5, 0.6, "<i></i>"), (0.6, 1.0, "x < y -->")]
    film = make_film(tmp_path / "film.mkv", texts=[Text("eng", lines)])
    streams = read_probe(str(film), film.stat().st_size).text
    (read,) = read_subtitles(str(film), task(streams, timeline_start_s=0.3998), [streams[0].index])

    cues = read_text_track(read.vtt)
    assert [plain(cue.text) for cue in cues] == ["a", "x < y -->"]
    assert read.cues == 2


def test_subtitles_that_are_not_utf8_are_those_of_western_windows(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mkv", texts=[Text("ger", [(0.0, 1.0, "Stra§e?"), (1.0, 2.0, "Straße")])])
    film.write_bytes(film.read_bytes().replace("Stra§e?".encode(), "Straße –".encode("cp1252")))
    streams = read_probe(str(film), film.stat().st_size).text
    (read,) = read_subtitles(str(film), task(streams), [streams[0].index])

    assert [plain(cue.text) for cue in read_text_track(read.vtt)] == ["Straße –", "Straße"]


def test_cues_without_an_end_stand_until_the_next_that_begins_later(tmp_path: Path) -> None:
    lines = [(0.0, 0.0, "one"), (0.0, 0.0, "and one"), (0.7, 0.7, "two")]
    film = make_film(tmp_path / "film.mkv", texts=[Text("eng", lines)])
    streams = read_probe(str(film), film.stat().st_size).text
    (read,) = read_subtitles(str(film), task(streams), [streams[0].index])

    times = [(cue.start_s, cue.end_s) for cue in read_text_track(read.vtt)]
    assert times == [(0.0, 0.7), (0.0, 0.7), (0.7, 2.0)]


def test_what_people_changed_is_not_made_again_but_what_was_purged_is() -> None:
    asked = task([TextStream(index=2, codec="subrip"), TextStream(index=3, codec="ass")])
    removed = CaptionsRemoved(asset_id="a", track="embedded-2", version=4)
    facts: list[Fact] = [removed]

    assert wanted(asked, facts) == {3: 1}
    assert wanted(asked, [*facts, AssetPurged(asset_id="a", objects=3, attempt=1)]) == {2: 5, 3: 1}


def test_the_last_version_stands_until_it_is_removed_or_purged() -> None:
    one, two = (
        CaptionsMade(
            asset_id="a", track="t", version=version, language="en", source="upload", vtt_key=f"{version}", cues=1
        )
        for version in (1, 2)
    )
    assert standing([two, one]) == [two]
    assert standing([one, two, CaptionsRemoved(asset_id="a", track="t", version=3)]) == []
    assert standing([one, AssetPurged(asset_id="a", objects=0, attempt=1)]) == []
