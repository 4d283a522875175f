"""WebVTT and SubRip: what is read of them, what is refused and with which line, and what is written."""

import time
from contextlib import suppress

import pytest

from services.runtime.cues import Cue, as_markup, known_settings, plain
from services.runtime.errors import Permanent
from services.runtime.webvtt import clock, read_text_track, webvtt

HELLO = Cue(1.0, 2.5, "Hello")


@pytest.mark.parametrize(
    ("file", "cues"),
    [
        ("WEBVTT\n\n00:01.000 --> 00:02.500\nHello\n", [HELLO]),
        ("\ufeffWEBVTT - a title\r\nKind: captions\r\n\r\nfirst\r\n00:00:01.000 --> 00:00:02.500\r\nHello", [HELLO]),
        ("WEBVTT\n\nNOTE\n--\n\nSTYLE\n::cue {}\n\nREGION\nid:a\n\n00:01.000\t-->\t00:02.500 \nHello\n", [HELLO]),
        ("WEBVTT\r\r00:01.000 --> 00:02.500\rHello\r", [HELLO]),
        ("1\n00:00:01,000 --> 00:00:02,500\nHello\n", [HELLO]),
        ("\n\n00:00:01,000 --> 00:00:02,500 X1:10 X2:20\nHello\n \n\n2\n00:00:03,000 --> 00:00:04,000\n\n", [HELLO]),
        ("1\n0:00:01.000-->0:00:02.500\n<font color=red>{\\an8}Hello</font>\n", [HELLO]),
        ("1\n00:00:01,000 --> 00:00:02,500\n<I>a</I> -> b --> c\n", [Cue(1.0, 2.5, "<i>a</i> -&gt; b --&gt; c")]),
        (
            """WEBVTT

00:05.000 --> 00:06.000
later

100:00:00.001 --> 100:00:00.002
last

00:01.000 --> 00:02.500 region:r line:0,start size:x
Hello
""",
            [
                Cue(1.0, 2.5, "Hello", "line:0,start"),
                Cue(5.0, 6.0, "later"),
                Cue(360_000.001, 360_000.002, "last"),
            ],
        ),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<b></b>&nbsp;\n\n00:01.000 --> 00:02.500\nHello", [HELLO]),
    ],
)
def test_files_are_read_as_they_are_meant(file: str, cues: list[Cue]) -> None:
    assert read_text_track(file) == read_text_track(file.encode()) == cues


@pytest.mark.parametrize(
    ("file", "code", "line"),
    [
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\xe4\n", "text_encoding", 4),
        (b"\xff\xfeW\x00E\x00", "text_encoding", 1),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\na\x00\n", "text_invalid", 4),
        (b"WEBVTT\n\nHello\n", "cue_missing_time", 3),
        (b"Hello\n", "cue_missing_time", 1),
        (b"WEBVTT\n00:01.000 --> 00:02.000\nHello\n", "cue_timing", 2),
        (b"WEBVTT\n\n1\n00:01.000 --> 00:02,000\nHello\n", "cue_timing", 4),
        (b"WEBVTT\n\n00:61.000 --> 00:62.000\nHello\n", "cue_timing", 3),
        (b"WEBVTT\n\n00:02.000 --> 00:02.000\nHello\n", "cue_timing", 3),
        (b"WEBVTT\n\n00:02.000 --> 00:01.000\nHello\n", "cue_timing", 3),
        (b"WEBVTT\n\n9999:00:00.000 --> 9999:00:01.000\nHello\n", "cue_timing", 3),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n00:03.000 --> 00:04.000\nHello\n", "cue_timing", 5),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHello\n2\n00:00:03,000 --> 00:00:04,000\nHello\n", "cue_timing", 5),
        (b"1\n00:00:01,00 --> 00:00:02,000\nHello\n", "cue_timing", 2),
    ],
)
def test_what_is_wrong_is_told_with_its_line(file: bytes, code: str, line: int) -> None:
    with pytest.raises(Permanent, match=f"Line {line} of the file has ") as refused:
        read_text_track(file)
    assert refused.value.code == code


@pytest.mark.parametrize("file", ["", "WEBVTT", "WEBVTT\n\nNOTE nothing\n", "\n\n"])
def test_a_file_that_says_nothing_is_refused(file: str) -> None:
    with pytest.raises(Permanent) as refused:
        read_text_track(file)
    assert refused.value.code == "captions_empty"


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<v Ann>Hi</v> <c.loud.big>you</c> <00:00:01.500>now", "<v Ann>Hi</v> <c.loud.big>you</c> <00:00:01.500>now"),
        ("<script>x</script><img src=x onerror=y>", "&lt;script&gt;x&lt;/script&gt;&lt;img src=x onerror=y&gt;"),
        ("&amp; &nbsp; &#8217; &bogus;", "&amp; &nbsp; &#8217; &amp;bogus;"),
        ("two\r\n\r\nlines \n", "two\nlines"),
        ("00:00:01.000 --> 00:00:02.000", "00:00:01.000 --&gt; 00:00:02.000"),
    ],
)
def test_text_has_the_markup_of_webvtt_and_no_other(text: str, markup: str) -> None:
    assert as_markup(text) == as_markup(as_markup(text)) == markup


def test_what_is_read_of_a_cue_is_without_markup() -> None:
    assert plain("<v Ann>Tom &amp; <i>Jerry</i>\n&lt;3</v>") == "Tom & Jerry <3"


def test_settings_that_players_do_not_know_are_left_out() -> None:
    assert known_settings("align:start position:10%,line-left region:r x:y line:-1") == (
        "align:start position:10%,line-left line:-1"
    )


@pytest.mark.parametrize(
    ("time_s", "text"), [(0, "00:00:00.000"), (3723.4567, "01:02:03.457"), (59.9996, "00:01:00.000")]
)
def test_times_are_written_to_the_millisecond(time_s: float, text: str) -> None:
    assert clock(time_s) == text


def test_what_was_written_is_read_again() -> None:
    cues = [Cue(0.0, 1.25, "<i>a</i>\n&amp; b", "align:start"), Cue(1.25, 3723.457, "c")]
    assert read_text_track(webvtt(cues)) == cues


@pytest.mark.parametrize("piece", ["<b ", "<c.a", "<", "&", "{\\", "<font ", "&#1", "1\n", " ", "--> ", "0:"])
def test_the_time_that_hostile_text_takes_grows_with_its_length_alone(piece: str) -> None:
    def taken_s(times: int) -> float:
        began = time.process_time()
        for head in ("WEBVTT\n\n00:00.000 --> 00:01.000 ", "1\n00:00:00,000 --> 00:00:01,000\n"):
            with suppress(Permanent):
                read_text_track(head + piece * times)
        return time.process_time() - began

    short_s, long_s = min(taken_s(20_000) for _ in range(3)), taken_s(200_000)
    # Ten times the text takes a hundred times as long where each piece is compared with all others.
    assert long_s < 50 * max(short_s, 0.002)
