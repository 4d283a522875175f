"""An upload as the gateway keeps it."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from contracts.policies import PlaybackPolicy
from contracts.priorities import Priority
from contracts.profiles import Profile

SessionState = Literal["open", "completed", "aborted", "expired"]


class Session(Struct, frozen=True, kw_only=True):
    """An upload; ``part_bytes`` and ``store_upload_id`` are None where it is one PUT."""

    upload_id: str
    tenant: str
    asset_id: str
    key: str
    name: str
    size_bytes: int
    content_type: str
    profile: Profile
    playback_policy: PlaybackPolicy
    priority: Priority
    language: str
    part_bytes: int | None
    store_upload_id: str | None
    state: SessionState
    created_at: datetime
    expires_at: datetime
