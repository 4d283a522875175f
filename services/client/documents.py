"""What the gateway answers, as far as this client reads it; fields it does not know are skipped."""

from typing import Literal

import msgspec


class Target(msgspec.Struct, frozen=True):
    """One PUT of a whole file."""

    url: str
    headers: dict[str, str]


class PartTarget(msgspec.Struct, frozen=True):
    """One PUT of a part."""

    number: int
    size_bytes: int
    url: str


class Parts(msgspec.Struct, frozen=True):
    """How a file is cut, and where some of its parts go."""

    part_bytes: int
    count: int
    targets: list[PartTarget]
    next_from: int | None


class Upload(msgspec.Struct, frozen=True):
    """An upload."""

    upload_id: str
    asset_id: str
    state: Literal["open", "completed", "aborted", "expired"]
    size_bytes: int
    upload: Target | None
    parts: Parts | None
    stored: list[int]
