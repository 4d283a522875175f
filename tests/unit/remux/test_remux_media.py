"""Files joined of segments as the encoder makes them."""

from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest

from services.remux.media import join_segments
from services.remux.pieces import Pieces
from services.runtime.errors import Permanent, Transient
from tests.media import make_clip
from tests.range_server import serving
from tests.unit.ladder_encode import delivery


@pytest.fixture(scope="module")
def rungs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the URLs of the segments of a clip's pictures and sound."""
    folder = tmp_path_factory.mktemp("remux")
    clip = make_clip(folder / "clip.mp4", frames=150, beeps_s=[1.0, 5.0])
    (video,), audio = delivery.delivered_video(clip).values(), delivery.delivered_audio(clip)
    return {"video": written(folder, "video", video), "audio": written(folder, "audio", audio)}


def written(folder: Path, name: str, rendition: delivery.Delivered) -> list[str]:
    urls = []
    for number, body in enumerate([rendition.headers[0].init, *(segment.data for segment in rendition.segments)]):
        path = folder / f"{name}-{number}"
        path.write_bytes(body)
        urls.append(path.as_uri())
    return urls


def joined(video: list[str], audio: list[str], piece_bytes: int = 1 << 20, index_bytes: int = 40_000) -> bytes:
    pieces = {piece.number: piece.data for piece in join_segments(video, audio, index_bytes, piece_bytes)}
    assert sorted(pieces) == list(range(1, len(pieces) + 1))
    assert {len(pieces[number]) for number in range(1, len(pieces))} <= {piece_bytes}
    return b"".join(pieces[number] for number in sorted(pieces))


def packets_of(data: bytes, kind: str) -> list[tuple[Fraction, bytes]]:
    with av.open(BytesIO(data), "r") as container:
        stream: Any = next(found for found in container.streams if found.type == kind)
        packets = [packet for packet in container.demux(stream) if packet.size]
        return sorted((packet.pts * packet.time_base, bytes(packet)) for packet in packets)


def test_a_file_holds_the_same_packets_with_its_index_in_front(rungs: dict[str, list[str]]) -> None:
    data = joined(rungs["video"], rungs["audio"])
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    for kind in ("video", "audio"):
        delivered = packets_of(b"".join(Path(url.removeprefix("file://")).read_bytes() for url in rungs[kind]), kind)
        own = packets_of(data, kind)
        assert [body for _, body in own] == [body for _, body in delivered]
        assert {then - now for (then, _), (now, _) in zip(delivered, own, strict=True)} == {Fraction(10)}


def test_a_file_plays_from_beginning_to_end(rungs: dict[str, list[str]]) -> None:
    with av.open(BytesIO(joined(rungs["video"], rungs["audio"])), "r") as container:
        assert container.duration is not None
        assert abs(container.duration / av.time_base - 6) < 0.1
        pictures = list(container.decode(video=0))
    assert len(pictures) == 150
    assert (pictures[0].pts, pictures[-1].time) == (0, 149 / 25)


def test_small_pieces_make_the_same_file(rungs: dict[str, list[str]]) -> None:
    whole = joined(rungs["video"], rungs["audio"], index_bytes=8_000)
    assert len(whole) > 2 * 10_000
    assert joined(rungs["video"], rungs["audio"], index_bytes=8_000, piece_bytes=10_000) == whole


def test_a_file_without_sound_has_pictures_alone(rungs: dict[str, list[str]]) -> None:
    with av.open(BytesIO(joined(rungs["video"], [])), "r") as container:
        assert [stream.type for stream in container.streams] == ["video"]


def test_a_missing_segment_is_tried_again(rungs: dict[str, list[str]]) -> None:
    with pytest.raises(Transient, match="segment_unreadable"):
        joined([*rungs["video"], "file:///nowhere"], [])


def test_a_segment_of_which_the_store_sends_a_part_is_tried_again(rungs: dict[str, list[str]]) -> None:
    with serving(Path(rungs["video"][1].removeprefix("file://"))) as store:
        store.cut_after = 1000
        with pytest.raises(Transient, match="segment_unreadable"):
            joined([rungs["video"][0], store.url], [])


def test_what_is_no_segment_is_refused(rungs: dict[str, list[str]], tmp_path: Path) -> None:
    (tmp_path / "letter").write_bytes(b"This is a letter." * 99)
    with pytest.raises(Permanent, match="segments_do_not_join"):
        joined([(tmp_path / "letter").as_uri()], [])


def test_the_first_piece_can_be_written_again_and_later_ones_cannot_once_they_are_gone() -> None:
    pieces = Pieces(4)
    pieces.write(b"0123456789AB")
    assert pieces.finished() == [(2, b"4567"), (3, b"89AB")]
    pieces.seek(2)
    pieces.write(b"xy")
    pieces.seek(0, 2)
    pieces.write(b"C")
    assert pieces.rest() == [(4, b"C"), (1, b"01xy")]
    pieces.seek(5)
    with pytest.raises(OSError, match="gone"):
        pieces.write(b"!")
