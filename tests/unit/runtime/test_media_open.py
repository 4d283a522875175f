"""Opening originals that are not what they seem, from disk and by HTTP."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import av
import pytest
from PIL import Image

from services.runtime import media_open
from services.runtime.errors import HeadraceError, Permanent, Transient
from services.runtime.media_open import DECODING_ERRORS, open_original, original_errors
from tests.media import make_clip


class Shelf(SimpleHTTPRequestHandler):
    """Serves a folder; below ``/status/`` it answers with that status; notes what was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/clip.mp4")
            self.end_headers()
        elif self.path.startswith("/status/"):
            self.send_error(int(self.path.removeprefix("/status/")))
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[str]:
    Shelf.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Shelf, directory=str(tmp_path)))
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def opened(source: str) -> HeadraceError | str:
    """Return the container's format, or the error."""
    try:
        with open_original(source) as container:
            return str(container.format.name)
    except HeadraceError as error:
        return error


@pytest.mark.parametrize(("name", "container"), [("clip.mp4", "mov"), ("clip.mkv", "matroska"), ("clip.ts", "mpegts")])
def test_media_opens_from_disk_and_by_http(tmp_path: Path, shelf: str, name: str, container: str) -> None:
    path = make_clip(tmp_path / name, frames=10)

    for source in (str(path), f"{shelf}/{name}"):
        assert str(opened(source)).startswith(container)


def playlist(host: str) -> bytes:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{host}/clip.ts\n#EXT-X-ENDLIST\n".encode()


@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.ts", "film", "film.m3u8"])
@pytest.mark.parametrize("kind", ["empty", "text", "picture", "playlist", "script", "noise"])
def test_what_is_not_media_is_refused_whatever_its_name(tmp_path: Path, shelf: str, name: str, kind: str) -> None:
    make_clip(tmp_path / "clip.ts", frames=10)
    file = tmp_path / name
    if kind == "picture":
        Image.new("RGB", (8, 8)).save(file, "PNG")
    else:
        contents = {
            "empty": b"",
            "text": b"Dear Sir or Madam,\n" * 50,
            "playlist": playlist(shelf),
            "script": f"ffconcat version 1.0\nfile {shelf}/clip.ts\n".encode(),
            "noise": bytes(n * n % 251 for n in range(5000)),
        }
        file.write_bytes(contents[kind])

    for source in (str(file), f"{shelf}/{name}"):
        error = opened(source)
        assert isinstance(error, Permanent), error
        assert error.code == ("empty_file" if kind == "empty" else "not_media")
    assert set(Shelf.asked) == {f"/{name}"}


def test_a_file_cut_off_before_its_index_is_told_from_what_is_not_media(tmp_path: Path, shelf: str) -> None:
    path = make_clip(tmp_path / "clip.mp4", frames=50)
    path.write_bytes(path.read_bytes()[:-200])

    for source in (str(path), f"{shelf}/clip.mp4"):
        error = opened(source)
        assert isinstance(error, Permanent)
        assert error.code == "truncated_file"


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_original_that_is_gone_is_missing_for_good(shelf: str, status: int) -> None:
    error = opened(f"{shelf}/status/{status}")

    assert isinstance(error, Permanent)
    assert error.code == "original_missing"


def test_a_path_that_leads_nowhere_is_missing_for_good(tmp_path: Path) -> None:
    error = opened(str(tmp_path / "none.mp4"))

    assert isinstance(error, Permanent)
    assert error.code == "original_missing"


@pytest.mark.parametrize("source", ["{shelf}/status/503", "{shelf}/elsewhere", "http://127.0.0.1:1/nobody-listens"])
def test_a_store_that_does_not_answer_may_answer_later(tmp_path: Path, shelf: str, source: str) -> None:
    make_clip(tmp_path / "clip.mp4", frames=10)

    error = opened(source.format(shelf=shelf))

    assert isinstance(error, Transient)
    assert error.code == "unreadable_original"
    assert "/clip.mp4" not in Shelf.asked


@pytest.mark.parametrize("protocol", ["file", "subfile,,start,0,end,0,,:file", "crypto+file", "concat:file", "data"])
def test_urls_of_other_protocols_are_not_opened(tmp_path: Path, protocol: str) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=10)

    assert isinstance(opened(f"{protocol}://{clip}"), HeadraceError)


def test_pictures_larger_than_can_be_processed_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=2)
    monkeypatch.setattr(media_open, "MAX_PIXELS", 160 * 90 - 1)

    error = opened(str(clip))

    assert isinstance(error, Permanent)
    assert error.code == "picture_too_large"
    assert "160x90" in error.message


def test_decoding_a_damaged_file_is_a_typed_error_too(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", frames=20)
    broken = bytearray(path.read_bytes())
    begin, end = broken.index(b"mdat") + 4, broken.index(b"moov") - 4
    broken[begin:end] = b"\xff" * (end - begin)
    path.write_bytes(broken)

    with pytest.raises(Permanent) as caught, original_errors(), open_original(str(path)) as container:
        list(container.decode(video=0))
    assert caught.value.code == "damaged_file"


def test_what_a_decoder_gets_after_what_it_took_for_the_end_is_left_out_like_damage(tmp_path: Path) -> None:
    with open_original(str(make_clip(tmp_path / "clip.mp4", frames=3))) as container:
        stream = container.streams.video[0]
        stream.decode(None)
        with pytest.raises(DECODING_ERRORS):
            stream.decode(next(container.demux(stream)))


def test_a_file_that_wants_more_memory_than_there_is_is_refused_for_good() -> None:
    with pytest.raises(Permanent, match="media_too_large"), original_errors():
        raise av.error.MemoryError(12, "Cannot allocate memory")
