"""An original's chapters where players read them: WebVTT for browsers, JSON for players of HLS. Pure.

Source: W3C WebVTT §4.2 (chapter titles); Apple, "Providing JavaScript Object Notation (JSON) chapters"; RFC 8216
§4.3.4.4 (EXT-X-SESSION-DATA).
"""

from collections.abc import Sequence
from html import escape

import msgspec

from contracts.keys import chapters_key, multivariant_key
from contracts.v1 import AssetPlanned, Chapter
from services.package.links import relative

JSON_TYPE = "application/json"


def chapters_vtt(chapters: Sequence[Chapter]) -> str:
    """Return chapters as cues; one without a title is called by its number."""
    cues = [
        f"{_time(chapter.start_s)} --> {_time(chapter.end_s)}\n{escape(_title(chapter, number), quote=False)}"
        for number, chapter in enumerate(chapters, 1)
    ]
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def chapters_json(chapters: Sequence[Chapter]) -> bytes:
    """Return chapters as Apple's players take them; in which language they are called, files do not say."""
    return msgspec.json.encode(
        [
            {
                "chapter": number,
                "start-time": chapter.start_s,
                "duration": round(chapter.end_s - chapter.start_s, 3),
                "titles": [{"language": "und", "title": _title(chapter, number)}],
            }
            for number, chapter in enumerate(chapters, 1)
        ]
    )


def session_data(plan: AssetPlanned) -> list[str]:
    """Return the line by which the playlist that a player opens leads to chapters, if there are any."""
    if not plan.chapters:
        return []
    place = plan.asset_id, plan.recipe
    uri = relative(chapters_key(*place, "json"), multivariant_key(*place))
    return [f'#EXT-X-SESSION-DATA:DATA-ID="com.apple.hls.chapters",URI="{uri}"']


def _title(chapter: Chapter, number: int) -> str:
    return chapter.title or f"Chapter {number}"


def _time(at_s: float) -> str:
    seconds, milliseconds = divmod(round(1000 * at_s), 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}"
