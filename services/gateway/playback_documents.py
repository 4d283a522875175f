"""What people may ask about playback, and what players are answered."""

from typing import Annotated

from msgspec import Meta, Struct

from services.gateway.documents import Playback

KeyId = Annotated[str, Meta(pattern="^sk_[0-9a-f]{16}$", description="The key to sign with; the newest by default.")]


class TokenRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be opened, and for how long."""

    asset_id: Annotated[str, Meta(pattern="^[a-z0-9]{1,64}$", examples=["22voalsuaxzy4udtgcjntwqzm6"])]
    expires_in_s: Annotated[int, Meta(ge=1, le=30 * 86_400)] = 3600
    key_id: KeyId | None = None


class TokenAnswer(Struct, frozen=True):
    """A token, and the URLs that it opens; each appears as soon as the file behind it exists."""

    token: str
    key_id: str
    expires: Annotated[int, Meta(description="Seconds since 1970, UTC.")]
    playback: Playback


class Watermark(Struct, frozen=True):
    """A mark that players show over the picture; it is in no segment. ``size`` is in % of the picture's width."""

    text: str | None
    image: str | None
    position: str
    opacity: float
    size: float | None


class PlayerDocument(Struct, frozen=True):
    """What a player needs to begin; URLs appear as soon as the files behind them exist."""

    title: str
    duration_s: float | None
    playback: Playback
    watermark: Watermark | None
