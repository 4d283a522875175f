"""A small HTTP server for one file that answers range requests as an object store does, or fails as one can."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

_PIECE_BYTES = 1 << 16


class RangeServer:
    """Serves a file's bytes at ``url``; set ``status`` to fail, ``cut_after`` to hang up in the middle
    of the file, ``cut_every`` to hang up after as many bytes of each answer, ``failures`` to fail so often;
    clear ``answering`` to let readers wait, ``knows_ranges`` to send everything to everybody.

    ``sent_bytes`` is what went out before readers hung up, with what then still lay in sockets.
    """

    def __init__(self, path: Path, port: int) -> None:
        """Serve a file on a port of the loopback interface."""
        self.data = path.read_bytes()
        self.url = f"http://127.0.0.1:{port}/original"
        self.status: int | None = None
        self.cut_after: int | None = None
        self.cut_every: int | None = None
        self.failures = 0
        self.knows_ranges = True
        self.answering = Event()
        self.answering.set()
        self.ranges: list[tuple[int, int]] = []
        self.sent_bytes = 0


@contextmanager
def serving(path: Path) -> Iterator[RangeServer]:
    """Serve a file for the length of a block."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as http:
        http.daemon_threads = True
        # Or megabytes that nobody reads are on their way before a reader can hang up.
        http.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _PIECE_BYTES)
        served = RangeServer(path, http.server_port)
        http.served = served  # type: ignore[attr-defined]  # handlers find it there
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield served
        finally:
            served.answering.set()
            http.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        served: RangeServer = self.server.served  # type: ignore[attr-defined]  # set above
        size = len(served.data)
        wanted = self.headers.get("Range") if served.knows_ranges else None
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted or "bytes=0-")
        assert asked is not None
        first, last = int(asked[1]), min(size - 1, int(asked[2] or size - 1))
        served.ranges.append((first, last))
        served.answering.wait()
        if served.failures:
            served.failures -= 1
            self._answer(503, {"Content-Length": "0"})
            return
        if served.status is not None or first >= size:
            self._answer(served.status or 416, {"Content-Length": "0"})
            return
        length = {"Content-Length": str(last - first + 1)}
        if wanted:
            self._answer(206, {"Content-Range": f"bytes {first}-{last}/{size}", **length})
        else:
            self._answer(200, {"Accept-Ranges": "bytes", **length})
        end = min(last + 1, served.cut_after or size, first + (served.cut_every or size))
        try:
            for at in range(first, end, _PIECE_BYTES):
                piece = served.data[at : min(at + _PIECE_BYTES, end)]
                self.wfile.write(piece)
                served.sent_bytes += len(piece)
        except (BrokenPipeError, ConnectionResetError):
            # The reader has what it wants.
            return

    def _answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        # FFmpeg asks for it, and without the answer would read on for another response.
        self.close_connection = True
        for name, value in {**headers, "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
