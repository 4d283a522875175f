"""The web page's files: bundled where ``task page`` made them, else its sources, which browsers run as they are."""

import gzip
import hashlib
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from services.gateway.etags import quoted
from services.runtime.settings import Settings

_FOLDER = Path(__file__).with_name("page")
_MEDIA_TYPES = {
    # The framework adds the charset.
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
_CHECKED = "no-cache"
_FOR_EVER = "public, max-age=31536000, immutable"


class PageFile:
    """A file as it is sent; one whose name tells its content is kept for ever."""

    def __init__(self, body: bytes, suffix: str, *, is_named_by_content: bool) -> None:
        """Hold a file's bytes."""
        self.body = body
        self.media_type = _MEDIA_TYPES[suffix]
        self.etag = hashlib.sha256(body).hexdigest()[:20]
        self.headers = {
            "ETag": quoted(self.etag),
            "Cache-Control": _FOR_EVER if is_named_by_content else _CHECKED,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }

    @cached_property
    def compressed(self) -> bytes:
        """Return the file as gzip, made when somebody first asks for it."""
        return gzip.compress(self.body, mtime=0)


class PageFiles:
    """All files of the page by name, in memory."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        """Read them; names of bundled files hold a hash of what is in them, those of documents do not."""
        bundled, sources = folder / "dist", folder / "src"
        self.is_bundled = (bundled / "index.html").exists()
        root = bundled if self.is_bundled else sources
        self._files = {
            path.relative_to(root).as_posix(): PageFile(
                path.read_bytes(), path.suffix, is_named_by_content=self.is_bundled and path.suffix != ".html"
            )
            for path in sorted(root.rglob("*"))
            if path.suffix in _MEDIA_TYPES
        }

    def named(self, name: str) -> PageFile | None:
        """Return a file, None where there is none of this name."""
        return self._files.get(name)


def security_policy(settings: Settings, *, frame_ancestors: str) -> str:
    """Return what documents may load: their own files, and media from where it is delivered; nothing inline.

    ``frame_ancestors`` says which pages may show them in a frame. Source: W3C Content Security Policy Level 3.
    """
    delivered = " ".join(
        sorted({_origin(url) for url in (settings.public_url, settings.outputs_url, settings.gateway_url)})
    )
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: blob: {delivered}",
            # As data come the empty files with which the player makes its text tracks.
            f"media-src 'self' data: blob: {delivered}",
            f"connect-src 'self' {delivered}",
            "worker-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {frame_ancestors}",
        ]
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
