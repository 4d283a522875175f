"""What a container says of its subtitles, its chapters and the names of its streams."""

from collections.abc import Sequence

from av.container import InputContainer
from av.stream import Disposition, Stream

from contracts.v1 import Chapter, TextStream, VideoStream

_LONGEST_TITLE = 80
_MOST_CHAPTERS = 500


def text_streams(container: InputContainer) -> list[TextStream]:
    """Return all streams of subtitles, whether they are text or pictures."""
    return [
        TextStream(
            index=stream.index,
            codec=stream.codec_context.codec.canonical_name if stream.codec_context else "unknown",
            language=None if stream.language == "und" else stream.language,
            title=title_of(stream),
            default=bool(stream.disposition & Disposition.default),
            forced=bool(stream.disposition & Disposition.forced),
            sdh=bool(stream.disposition & Disposition.hearing_impaired),
        )
        for stream in container.streams.subtitles
    ]


def title_of(stream: Stream) -> str:
    """Return what a stream is called; MP4 keeps that where others only say what wrote it."""
    named = stream.metadata.get("title") or stream.metadata.get("name") or stream.metadata.get("handler_name") or ""
    return "" if "handler" in named.lower() else " ".join(named.split())[:_LONGEST_TITLE]


def describes_video(stream: Stream) -> bool:
    """Tell whether a voice tells what is to be seen."""
    return bool(stream.disposition & (Disposition.visual_impaired | Disposition.descriptions))


def chapters_of(container: InputContainer, video: Sequence[VideoStream]) -> list[Chapter]:
    """Return the chapters that begin within the picture; times count from the first picture."""
    if not video:
        return []
    first_s = video[0].start_s - video[0].delay_s
    found = []
    for chapter in container.chapters()[:_MOST_CHAPTERS]:
        unit = chapter["time_base"] or 1
        start_s, end_s = (float(chapter[at] * unit) - first_s for at in ("start", "end"))
        start_s, end_s = max(start_s, 0.0), min(end_s, video[0].duration_s)
        if start_s < end_s:
            title = " ".join(chapter["metadata"].get("title", "").split())[:_LONGEST_TITLE]
            found.append(Chapter(start_s=round(start_s, 3), end_s=round(end_s, 3), title=title))
    return found
