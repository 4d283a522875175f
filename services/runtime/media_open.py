"""Open originals that nobody vouches for: known demuxers and protocols only, with time-outs and typed errors.

By default FFmpeg follows playlists and scripts to other files and hosts, whatever the file's name says, and allocates
whatever a header asks for. Media code of every service opens originals through here, inside its child process.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path

import av
from av.container import InputContainer

from services.runtime.errors import Permanent, Transient
from services.runtime.media_reader import OriginalReader

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,ogg,asf,mxf,wav,mp3,aac,flac"
MAX_PIXELS = 8192 * 8192
MAX_STREAMS = 64
PATIENCE_S = 20.0

_MATROSKA = b"\x1aE\xdf\xa3"
DECODING_ERRORS = (
    av.error.InvalidDataError,
    av.error.UndefinedError,  # decoders' private numbers
    av.error.ExternalError,
    av.error.PatchWelcomeError,
    av.error.NotImplementedError,
    av.error.ArgumentError,
    av.error.BugError,
    av.error.PermissionError,  # decoders that return -1
    av.error.EOFError,  # those that take what is damaged for the end
)
"""What a decoder raises for one damaged packet; what follows the packet may still decode."""

_TOP_LEVEL_BOXES = {b"ftyp", b"moov", b"moof", b"mdat", b"wide", b"free", b"skip", b"styp"}


_LIMITS = {"format_whitelist": FORMATS, "max_streams": str(MAX_STREAMS), "max_pixels": str(MAX_PIXELS)}
_BEGINNING_BYTES = 1024


def open_original(source: str, patience_s: float = PATIENCE_S) -> InputContainer:
    """Open an original by its URL, or by its path where tests have a file; the caller closes it.

    ``patience_s`` is how long one answer of the store is waited for, in seconds.

    Raises: Permanent: ``original_missing``, ``empty_file``, ``truncated_file``, ``not_media``, ``picture_too_large``.
        Transient: ``unreadable_original``, when the store does not answer.
    """
    with original_errors():
        try:
            container = _opened(source, patience_s)
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
    return av.open(BytesIO(data), "r", options=_LIMITS)


@contextmanager
def original_errors() -> Iterator[None]:
    """Translate FFmpeg's errors while an original is opened, demuxed or decoded.

    Raises: Permanent: ``original_missing``, ``damaged_file``, ``media_too_large``. Transient: ``unreadable_original``.
    """
    try:
        yield
    except av.error.FileNotFoundError as error:
        raise Permanent("original_missing", "The original is gone or may not be read; upload it again.") from error
    except (av.error.InvalidDataError, av.error.PatchWelcomeError, av.error.DecoderNotFoundError) as error:
        raise Permanent("damaged_file", "The file cannot be decoded; export it again and upload the copy.") from error
    except av.error.MemoryError as error:
        raise Permanent("media_too_large", "Decoding the file needs more memory than is allowed.") from error
    except av.error.ExitError as error:
        raise Transient("unreadable_original", "The store does not answer in time.") from error
    except av.error.FFmpegError as error:
        raise Transient("unreadable_original", f"The original could not be read: {error.strerror}.") from error


def first_bytes(source: str, patience_s: float = PATIENCE_S) -> bytes:
    """Return how a file begins, at most some hundred bytes; nothing where it is empty."""
    return read_bytes(source, _BEGINNING_BYTES, patience_s=patience_s)


def read_bytes(source: str, count: int, at: int = 0, patience_s: float = PATIENCE_S) -> bytes:
    """Return ``count`` bytes of a file from ``at`` on, or as many as there are."""
    found = bytearray()
    with closing(OriginalReader(source, patience_s) if _is_url(source) else Path(source).open("rb")) as file:
        file.seek(at)
        while len(found) < count and (piece := file.read(count - len(found))):
            found += piece
    return bytes(found)


def _opened(source: str, patience_s: float) -> InputContainer:
    if _is_url(source):
        # Nothing that a file names is opened: all is read through this one reader.
        return av.open(OriginalReader(source, patience_s), "r", options=_LIMITS | {"protocol_whitelist": ""})
    return av.open(source, "r", options=_LIMITS | {"protocol_whitelist": "file"})


def _is_url(source: str) -> bool:
    return "://" in source


def _why_not_media(source: str, patience_s: float) -> Permanent:
    """Return what is wrong with a file that no demuxer takes, from its first bytes."""
    head = first_bytes(source, patience_s)[:8]
    if not head:
        return Permanent("empty_file", "The file is empty; upload it again.")
    if head[4:8] in _TOP_LEVEL_BOXES or head.startswith(_MATROSKA):
        return Permanent("truncated_file", "The file is cut off before its index; upload it again, whole.")
    return Permanent("not_media", "The file is not video or audio of a known kind; upload MP4, MOV, MKV, WebM or TS.")
