"""An original behind a store that fails: all of it is read, or it is said that the store failed."""

from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from services.runtime import media_reader
from services.runtime.errors import Permanent, Transient
from services.runtime.media_open import open_original, original_errors, read_bytes
from services.runtime.media_reader import OriginalReader
from tests.media import make_clip
from tests.range_server import RangeServer, serving


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Return a clip of several blocks."""
    return make_clip(tmp_path / "clip.mp4", width=640, height=360, frames=250, beeps_s=[1.0], options={"crf": "5"})


@pytest.fixture
def served(clip: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RangeServer]:
    """Return a server of the clip, whose readers have little patience."""
    monkeypatch.setattr(media_reader, "_AGAIN_S", (0.0, 0.0, 0.0))
    with serving(clip) as served:
        yield served


def packets(source: str) -> list[bytes]:
    with original_errors(), open_original(source) as container:
        return [bytes(packet) for packet in container.demux() if packet.size]


def test_every_byte_can_be_read_from_any_place(clip: Path, served: RangeServer) -> None:
    data, reader = clip.read_bytes(), OriginalReader(served.url, 5.0)
    for at in (0, 1, len(data) - 1, 100_000, 40_000, len(data), len(data) + 1):
        assert reader.seek(at) == reader.tell() == at
        assert data[at:].startswith(reader.read(1000))
        assert bool(data[at:]) == (reader.tell() > at)
    assert reader.seek(-3, 2) == len(data) - 3
    assert reader.read(10) == data[-3:]
    reader.close()


def test_an_answer_that_is_cut_off_is_taken_up_where_it_was(clip: Path, served: RangeServer) -> None:
    whole = packets(str(clip))
    served.cut_every = 100_000

    assert packets(served.url) == whole
    assert len(served.ranges) > len(served.data) // served.cut_every


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_store_that_fails_in_the_middle_is_not_the_end_of_the_file(
    clip: Path, served: RangeServer, share: float
) -> None:
    faststart = clip.with_name("faststart.mp4")
    with av.open(str(clip)) as source, av.open(str(faststart), "w", options={"movflags": "faststart"}) as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    served.data = faststart.read_bytes()
    served.cut_after = int(len(served.data) * share)

    with pytest.raises(Transient) as caught:
        packets(served.url)
    assert caught.value.code == "unreadable_original"


def test_a_store_that_is_back_when_it_is_asked_why_does_not_make_a_file_truncated(served: RangeServer) -> None:
    served.failures = 3

    with pytest.raises(Transient):
        packets(served.url)
    assert packets(served.url)


def test_a_file_of_a_store_without_ranges_is_read_too(clip: Path, served: RangeServer) -> None:
    served.knows_ranges = False

    assert packets(served.url) == packets(str(clip))


def test_only_http_is_read() -> None:
    with pytest.raises(Permanent) as caught:
        read_bytes("ftp://127.0.0.1/clip.mp4", 1)
    assert caught.value.code == "original_missing"
