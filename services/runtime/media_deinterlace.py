"""Interlaced pictures become progressive ones, one for each field, so motion stays as smooth as it was shot."""

from collections.abc import Iterator

import av
from av.filter import Graph
from av.video.frame import VideoFrame

from services.runtime.media_graph import buffer_arguments


def deinterlaced(pictures: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    """Yield two pictures for each interlaced one; pictures that say they are progressive pass as they are."""
    first = next(pictures, None)
    if first is None:
        return
    graph = Graph()
    graph.threads = 1
    entry = graph.add("buffer", buffer_arguments(first))
    exit_ = graph.add("buffersink")
    graph.link_nodes(entry, graph.add("bwdif", "mode=send_field:deint=interlaced"), exit_)
    graph.configure()
    picture: VideoFrame | None = first
    while True:
        entry.push(picture)
        while True:
            try:
                made = exit_.pull()
            except av.error.BlockingIOError:
                break
            except av.error.EOFError:
                return
            assert isinstance(made, VideoFrame)
            yield made
        picture = next(pictures, None)
