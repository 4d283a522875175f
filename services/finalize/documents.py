"""Which texts and pictures an asset must have, and whether its texts conform. Pure."""

from collections.abc import Callable, Mapping, Sequence

from services.finalize.decide import Made
from services.finalize.decide_manifest import check_manifest
from services.finalize.decide_playlists import check_iframes, check_index, check_media
from services.finalize.renditions import Delivered, Finding

MOST_BYTES = 1 << 25
"""No playlist or manifest is larger; one of a day has 2 MB."""


def texts_of(made: Made) -> list[str]:
    """Return the keys of an asset's playlists and its manifest."""
    packaged = made.packaged
    media = [own.playlist_key for own in packaged.renditions]
    iframes = [own.iframes_key for own in packaged.renditions if own.iframes_key]
    return [packaged.hls_key, *media, *iframes, packaged.dash_key]


def pictures_of(made: Made) -> list[str]:
    """Return the keys of an asset's poster and storyboard."""
    return [made.thumbnail.poster_key, made.thumbnail.storyboard_key]


def text_findings(made: Made, renditions: Sequence[Delivered], texts: Mapping[str, bytes | None]) -> list[Finding]:
    """Return what is wrong with playlists and manifest, at most one finding for each."""
    targets: dict[int, str] = {}
    checks: dict[str, Callable[[str], object]] = {made.packaged.hls_key: lambda text: check_index(renditions, text)}
    for own in renditions:
        checks[own.packaged.playlist_key] = _check_of(own, targets)
        if own.packaged.iframes_key:
            checks[own.packaged.iframes_key] = _iframes_check_of(own, own.packaged.iframes_key)
    checks[made.packaged.dash_key] = lambda text: check_manifest(made.plan, renditions, text)
    code = {made.packaged.dash_key: "manifest_invalid"}
    found = (_finding(key, texts.get(key), check, code.get(key, "playlist_invalid")) for key, check in checks.items())
    return [finding for finding in found if finding]


def _check_of(own: Delivered, targets: dict[int, str]) -> Callable[[str], object]:
    def check(text: str) -> None:
        targets[check_media(own, text)] = own.name
        if len(targets) > 1:
            raise ValueError("has another target duration than the others (§6.2.4)")

    return check


def _iframes_check_of(own: Delivered, key: str) -> Callable[[str], object]:
    return lambda text: check_iframes(own, key, text)


def _finding(key: str, body: bytes | None, check: Callable[[str], object], code: str) -> Finding | None:
    if body is None:
        return Finding(code="output_missing", key=key, message=f"{key} is not in the store.")
    try:
        check(body.decode())
    except ValueError as error:
        return Finding(code=code, key=key, message=f"{key} {error}.")
    return None
