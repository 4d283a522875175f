"""A clip to try Headrace with: a moving test picture and a beep every second, made in about a second."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
from av.filter import Graph

RATE = 25
WIDTH, HEIGHT = 1280, 720
SAMPLE_RATE_HZ = 48_000


def make_clip(path: Path, duration_s: int = 10) -> None:
    """Write an MP4 of 1280x720, 25 frames a second, with sound."""
    pictures = (f"testsrc2=size={WIDTH}x{HEIGHT}:rate={RATE}:duration={duration_s}", "format=yuv420p", "buffersink")
    sounds = (
        f"sine=frequency=440:beep_factor=2:sample_rate={SAMPLE_RATE_HZ}:samples_per_frame=1024:duration={duration_s}",
        "aformat=sample_fmts=fltp:channel_layouts=stereo",
        "abuffersink",
    )
    with av.open(str(path), "w", format="mp4", container_options={"movflags": "faststart"}) as output:
        video = output.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "23", "g": "50"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = output.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="stereo")
        for stream, filters in ((video, pictures), (audio, sounds)):
            for frame in _frames(*filters):
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))


def _frames(*filters: str) -> Iterator[Any]:
    """Yield the frames that a chain of filters, which begins with a source and ends with a sink, makes."""
    graph = Graph()
    chain = [graph.add(*one.split("=", 1)) for one in filters]
    for before, after in pairwise(chain):
        before.link_to(after)
    graph.configure()
    while True:
        try:
            yield graph.pull()
        except av.error.EOFError:
            return
