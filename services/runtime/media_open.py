"""Open originals that nobody vouches for: known demuxers and protocols only, with time-outs and typed errors.

By default FFmpeg follows playlists and scripts to other files and hosts, whatever the file's name says, and allocates
whatever a header asks for. Media code of every service opens originals through here, inside its child process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import av
from av.container import InputContainer

from services.runtime.errors import Permanent, Transient

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,ogg,asf,mxf,wav,mp3,aac,flac"
MAX_PIXELS = 8192 * 8192
MAX_STREAMS = 64
PATIENCE_S = 20.0
REQUEST_BYTES = 4 << 20

_MATROSKA = b"\x1aE\xdf\xa3"
DECODING_ERRORS = (
    av.error.InvalidDataError,
    av.error.UndefinedError,  # decoders' private numbers
    av.error.ExternalError,
    av.error.PatchWelcomeError,
    av.error.NotImplementedError,
    av.error.ArgumentError,
    av.error.BugError,
)
"""What a decoder raises for one damaged packet; what follows the packet may still decode."""

_TOP_LEVEL_BOXES = {b"ftyp", b"moov", b"moof", b"mdat", b"wide", b"free", b"skip", b"styp"}


def open_original(source: str, patience_s: float = PATIENCE_S) -> InputContainer:
    """Open an original by its URL, or by its path where tests have a file; the caller closes it.

    ``patience_s`` is how long one answer of the store is waited for, in seconds.

    Raises: Permanent: ``original_missing``, ``empty_file``, ``truncated_file``, ``not_media``, ``picture_too_large``.
        Transient: ``unreadable_original``, when the store does not answer.
    """
    with original_errors():
        try:
            container = av.open(source, options=_options(source, FORMATS, patience_s), timeout=patience_s)
        # A file cut off in its header looks like a failed read; whether the store answers shows when it is asked again.
        except (av.error.InvalidDataError, av.error.ArgumentError, av.error.EOFError, av.error.OSError) as error:
            raise _why_not_media(source, patience_s) from error
    # PyAV has no codec context where FFmpeg has no decoder.
    for stream in [stream for stream in container.streams.video if stream.codec_context is not None]:
        if stream.width * stream.height > MAX_PIXELS:
            container.close()
            raise Permanent(
                "picture_too_large",
                f"The picture is {stream.width}x{stream.height}; the most that can be processed is 8192x8192.",
            )
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    return container


def open_excerpt(data: bytes) -> InputContainer:
    """Open a part of an original that is in memory; the caller closes it. Raises what FFmpeg raises."""
    limits = {"format_whitelist": FORMATS, "max_streams": str(MAX_STREAMS), "max_pixels": str(MAX_PIXELS)}
    return av.open(BytesIO(data), "r", options=limits)


@contextmanager
def original_errors() -> Iterator[None]:
    """Translate FFmpeg's errors while an original is opened, demuxed or decoded.

    Raises: Permanent: ``original_missing``, ``damaged_file``. Transient: ``unreadable_original``.
    """
    try:
        yield
    except (
        av.error.HTTPNotFoundError,
        av.error.HTTPForbiddenError,
        av.error.HTTPUnauthorizedError,
        av.error.FileNotFoundError,
    ) as error:
        raise Permanent("original_missing", "The original is gone or may not be read; upload it again.") from error
    except (av.error.InvalidDataError, av.error.PatchWelcomeError, av.error.DecoderNotFoundError) as error:
        raise Permanent("damaged_file", "The file cannot be decoded; export it again and upload the copy.") from error
    except av.error.ExitError as error:
        raise Transient("unreadable_original", "The store does not answer in time.") from error
    except av.error.FFmpegError as error:
        raise Transient("unreadable_original", f"The original could not be read: {error.strerror}.") from error


def first_bytes(source: str, patience_s: float = PATIENCE_S) -> bytes:
    """Return how a file begins, at most some hundred bytes; nothing where it is empty."""
    return read_bytes(source, 1, patience_s=patience_s)


def read_bytes(source: str, count: int, at: int = 0, patience_s: float = PATIENCE_S) -> bytes:
    """Return the bytes of a file from ``at`` on, at least ``count`` of them, or as many as there are."""
    found = bytearray()
    options = _options(source, "data", patience_s)
    with av.open(source, format="data", options=options, timeout=patience_s) as raw:
        if at:
            raw.seek(at, unsupported_byte_offset=True)
        for packet in raw.demux():
            found += bytes(packet)
            if len(found) >= count:
                break
    return bytes(found)


def _options(source: str, formats: str, patience_s: float) -> dict[str, str]:
    """Return FFmpeg's options for an untrusted source; redirects would lead out of the store."""
    return {
        "format_whitelist": formats,
        "protocol_whitelist": "http,https,tcp,tls" if "://" in source else "file",
        "max_redirects": "0",
        "max_streams": str(MAX_STREAMS),
        "max_pixels": str(MAX_PIXELS),
        "rw_timeout": str(int(patience_s * 1_000_000)),
        # Asked for all that follows, a store fetches far ahead of a reader who takes little of it: SeaweedFS spent more
        # processor time on an original's index than FFmpeg.
        "request_size": str(REQUEST_BYTES),
        "multiple_requests": "1",
        # One answer that fails in the middle must not look like the end of the file: demuxers carry on without it.
        "reconnect": "1",
        "reconnect_on_network_error": "1",
        "reconnect_on_http_error": "5xx",
        "reconnect_delay_max": "2",
    }


def _why_not_media(source: str, patience_s: float) -> Permanent:
    """Return what is wrong with a file that no demuxer takes, from its first bytes."""
    head = first_bytes(source, patience_s)[:8]
    if not head:
        return Permanent("empty_file", "The file is empty; upload it again.")
    if head[4:8] in _TOP_LEVEL_BOXES or head.startswith(_MATROSKA):
        return Permanent("truncated_file", "The file is cut off before its index; upload it again, whole.")
    return Permanent("not_media", "The file is not video or audio of a known kind; upload MP4, MOV, MKV, WebM or TS.")
