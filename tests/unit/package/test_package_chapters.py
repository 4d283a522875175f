"""Chapters where players read them."""

import json
from html import unescape

from msgspec.structs import replace

from contracts.keys import chapters_key, multivariant_key
from contracts.v1 import AssetPackaged, Chapter
from services.finalize.decide_playlists import check_index
from services.finalize.renditions import delivered_in
from services.package.decide import decide, document_keys
from services.runtime.cues import plain
from services.runtime.webvtt import read_text_track
from tests.hls import attributes, tags
from tests.unit.package.samples import ASSET, RECIPE, all_chunks, plan

CHAPTERS = [
    Chapter(start_s=0.0, end_s=4.25, title="Öl & <Feuer> --> Wasser"),
    Chapter(start_s=4.25, end_s=3725.001),
]
PLAN = replace(plan(), chapters=CHAPTERS)
VTT, JSON = (chapters_key(ASSET, RECIPE, suffix) for suffix in ("vtt", "json"))


def test_chapters_lie_beside_the_playlists_before_these_lead_to_them() -> None:
    decision = decide(PLAN, [PLAN, *all_chunks()])
    keys = [document.key for document in decision.documents]
    bodies = {document.key: document.body for document in decision.documents}
    index = multivariant_key(ASSET, RECIPE)

    assert keys.index(VTT) < keys.index(index)
    assert keys.index(JSON) < keys.index(index)
    assert set(keys) == set(document_keys(PLAN))
    (data,) = [attributes(line) for line in tags(bodies[index].decode(), "EXT-X-SESSION-DATA")]
    assert data == {"DATA-ID": "com.apple.hls.chapters", "URI": "chapters.json"}
    cues = read_text_track(bodies[VTT].decode())
    assert [(cue.start_s, cue.end_s, unescape(plain(cue.text))) for cue in cues] == [
        (0.0, 4.25, CHAPTERS[0].title),
        (4.25, 3725.001, "Chapter 2"),
    ]
    assert json.loads(bodies[JSON]) == [
        {
            "chapter": 1,
            "start-time": 0.0,
            "duration": 4.25,
            "titles": [{"language": "und", "title": CHAPTERS[0].title}],
        },
        {
            "chapter": 2,
            "start-time": 4.25,
            "duration": 3720.751,
            "titles": [{"language": "und", "title": "Chapter 2"}],
        },
    ]
    (packaged,) = [fact for fact in decision.facts if isinstance(fact, AssetPackaged)]
    assert packaged.chapters_key == VTT
    check_index(delivered_in(PLAN, packaged, all_chunks()), bodies[index].decode())


def test_without_chapters_nothing_is_written_and_nothing_leads_to_them() -> None:
    bare = plan()
    decision = decide(bare, [bare, *all_chunks()])

    assert not [document.key for document in decision.documents if "chapters" in document.key]
    assert not [document.key for document in decision.documents if b"SESSION-DATA" in document.body]
    assert not [key for key in document_keys(bare) if "chapters" in key]
