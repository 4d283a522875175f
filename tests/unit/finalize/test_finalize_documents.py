"""Playlists and a manifest that say something else than was made are found out, each by its own check."""

from collections.abc import Callable

import pytest

from contracts.v1 import TIMELINE_ORIGIN_S
from tests import dash, hls
from tests.outputs import DictStore, Outputs

Lie = Callable[[str], str]


def swap(old: str, new: str, times: int = 1) -> Lie:
    return lambda text: text.replace(old, new, times)


MEDIA: dict[str, tuple[Lie, str]] = {
    "empty": (lambda text: "", "is no playlist"),
    "no text": (lambda text: "\udcff", "utf-8"),
    "cut off": (lambda text: text[:-9], "is no playlist"),
    "blank line": (swap("\n#EXTINF", "\n\n#EXTINF"), "is no playlist"),
    "no end": (swap("#EXT-X-ENDLIST\n", ""), "EXT-X-ENDLIST"),
    "growing": (swap("VOD", "EVENT"), "finished"),
    "begins later": (swap("SEQUENCE:0", "SEQUENCE:1"), "finished"),
    "old version": (swap("VERSION:7", "VERSION:5"), "version"),
    "two versions": (swap("#EXT-X-VERSION:7\n", "#EXT-X-VERSION:7\n#EXT-X-VERSION:7\n"), "instead of one"),
    "unknown tag": (swap("#EXT-X-ENDLIST", "#EXT-X-KEY:METHOD=NONE\n#EXT-X-ENDLIST"), "do not belong"),
    "no map": (lambda text: "".join(line for line in text.splitlines(keepends=True) if "MAP" not in line), "EXT-X-MAP"),
    "other map": (swap("init.mp4", "../44p/init.mp4"), "initialisation"),
    "longer than the target": (swap("TARGETDURATION:4", "TARGETDURATION:3"), "target duration"),
    "other length": (swap("EXTINF:4.000000", "EXTINF:4.000002"), "lasts"),
    "no length": (swap("#EXTINF:4.000000,\n", ""), "do not pair"),
    "two lengths": (swap("#EXTINF:4.000000,\n", "#EXTINF:4.000000,\n#EXTINF:4.000000,\n"), "do not pair"),
    "no number": (swap("EXTINF:4.000000", "EXTINF:four"), "cannot be read"),
    "other segment": (swap("00001.m4s", "00002.m4s"), "elsewhere"),
    "a rung's segment": (swap("00001.m4s", "../44p/00001.m4s"), "elsewhere"),
    "goes on": (
        lambda text: text.replace("#EXT-X-ENDLIST\n", "").replace("#EXTINF", "#EXT-X-ENDLIST\n#EXTINF", 1),
        "after its end",
    ),
    "a segment less": (swap("#EXTINF:4.000000,\n00001.m4s\n", ""), "entries"),
}
INDEX: dict[str, tuple[Lie, str]] = {
    "a variant less": (lambda text: text[: text.rindex("#EXT-X-STREAM-INF")], "once with EXT-X-STREAM-INF"),
    "a variant twice": (swap("video/44p/playlist", "video/90p/playlist"), "once with EXT-X-STREAM-INF"),
    "a variant without URI": (swap("video/44p/playlist.m3u8\n", ""), "do not pair"),
    "no sound": (swap("audio/main/playlist", "audio/other/playlist"), "once with EXT-X-MEDIA"),
    "nameless sound": (swap('NAME="main"', 'NAME=""'), "without type"),
    "no key pictures": (swap("video/90p/iframes", "video/44p/iframes"), "I-FRAME"),
    "other size": (swap("RESOLUTION=160x90", "RESOLUTION=160x91"), "otherwise than it was made"),
    "other rate": (swap("FRAME-RATE=25.000", "FRAME-RATE=24.000"), "otherwise than it was made"),
    "silent variant": (swap(',AUDIO="audio"', ""), "otherwise than it was made"),
    "other codec": (swap("mp4a.40.2", "mp4a.40.5"), "codecs"),
    "too little": (swap(":BANDWIDTH=", ":BANDWIDTH=1,X-WAS="), "BANDWIDTH"),
    "too much": (swap(",AVERAGE-BANDWIDTH=", ",AVERAGE-BANDWIDTH=9"), "AVERAGE-BANDWIDTH"),
    "a list that is none": (swap('CODECS="', "CODECS="), "attribute list"),
    "not independent": (swap("#EXT-X-INDEPENDENT-SEGMENTS\n", ""), "INDEPENDENT"),
}
IFRAMES: dict[str, tuple[Lie, str]] = {
    "all pictures": (swap("#EXT-X-I-FRAMES-ONLY\n", ""), "I-FRAMES-ONLY"),
    "elsewhere": (swap("@0\n", "@1\n"), "elsewhere"),
    "no range": (swap("#EXT-X-BYTERANGE:", "#EXT-X-BYTERANGE:-"), "cannot be read"),
    "a picture less": (lambda text: text[: text.rindex("#EXTINF")] + "#EXT-X-ENDLIST\n", "entries"),
}
MANIFEST: dict[str, tuple[Lie, str]] = {
    "cut off": (lambda text: text[:-9], "no XML"),
    "growing": (swap('type="static"', 'type="dynamic"'), "finished"),
    "other length": (swap('mediaPresentationDuration="PT9', 'mediaPresentationDuration="PT8'), "length"),
    "a rendition twice": (swap('id="video/44p"', 'id="video/90p"'), "each rendition once"),
    "other bandwidth": (swap('bandwidth="', 'bandwidth="1'), "otherwise than it was made"),
    "other codec": (swap('codecs="avc1', 'codecs="hvc1'), "otherwise than it was made"),
    "other size": (swap('width="160"', 'width="161"'), "otherwise than it was made"),
    "other sound": (swap('audioSamplingRate="48000"', 'audioSamplingRate="44100"'), "otherwise than it was made"),
    "other timescale": (swap('timescale="25000"', 'timescale="24000"'), "counts the time"),
    "other origin": (swap('presentationTimeOffset="250000"', 'presentationTimeOffset="0"'), "counts the time"),
    "other numbers": (swap('startNumber="0"', 'startNumber="1"'), "other segments"),
    "other names": (swap("%05d$.m4s", "%04d$.m4s"), "other segments"),
    "other start": (swap(' t="250000"', ' t="250001"'), "other times"),
    "longer": (swap('d="100000"', 'd="100001"'), "other times"),
    "for ever": (swap(' r="1"', ' r="999999999"'), "other times"),
}


def key_of(outputs: Outputs, kind: str) -> str:
    (own,) = [made for made in outputs.packaged.renditions if made.rendition == "video/90p"]
    keys = {"media": own.playlist_key, "index": outputs.packaged.hls_key, "iframes": own.iframes_key}
    return keys.get(kind) or outputs.packaged.dash_key


LIES = [
    pytest.param(kind, lie, why, id=f"{kind}: {name}")
    for kind, lies in {"media": MEDIA, "index": INDEX, "iframes": IFRAMES, "manifest": MANIFEST}.items()
    for name, (lie, why) in lies.items()
]


@pytest.mark.parametrize(("kind", "lie", "why"), LIES)
async def test_a_document_that_says_something_else_is_refused(outputs: Outputs, kind: str, lie: Lie, why: str) -> None:
    key = key_of(outputs, kind)
    truth = outputs.objects[key].decode()
    written = lie(truth).encode(errors="surrogateescape")
    assert written != truth.encode()

    (finding,) = await outputs.findings(DictStore(outputs.objects | {key: written}))

    assert (finding.key, finding.remedy) == (key, "package")
    assert finding.code == ("manifest_invalid" if kind == "manifest" else "playlist_invalid")
    assert why in finding.message


@pytest.mark.parametrize("kind", ["media", "index", "iframes", "manifest"])
async def test_a_document_that_is_missing_is_refused(outputs: Outputs, kind: str) -> None:
    key = key_of(outputs, kind)
    (finding,) = await outputs.findings(DictStore({own: body for own, body in outputs.objects.items() if own != key}))
    assert (finding.code, finding.key, finding.remedy) == ("output_missing", key, "package")


async def test_renditions_have_one_target_duration(outputs: Outputs) -> None:
    key = key_of(outputs, "media")
    written = outputs.objects[key].replace(b"TARGETDURATION:4", b"TARGETDURATION:5")
    findings = await outputs.findings(DictStore(outputs.objects | {key: written}))
    assert findings
    assert all("another target duration" in finding.message for finding in findings)


async def test_what_is_far_too_large_for_a_document_is_not_read(outputs: Outputs) -> None:
    key = key_of(outputs, "manifest")
    store = DictStore(outputs.objects | {key: bytes((1 << 25) + 1)})
    (finding,) = await outputs.findings(store)
    assert (finding.key, finding.remedy) == (key, "package")
    assert key not in store.read


async def test_the_checkers_of_the_tests_agree(outputs: Outputs) -> None:
    assert hls.broken_promises(outputs.objects, outputs.packaged.hls_key) == []
    assert dash.broken_promises(outputs.objects, outputs.packaged.dash_key, TIMELINE_ORIGIN_S) == []
    assert await outputs.findings() == []
