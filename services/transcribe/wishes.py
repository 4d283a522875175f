"""How originals are to be heard, by the settings of who listens and by the profile of a task. Pure."""

from typing import Annotated

import msgspec
from msgspec.structs import asdict, replace

from contracts.profiles import Profile


class ProfileWishes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a profile wishes otherwise; what it does not say is as for all others."""

    model: str | None = None
    compute_type: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    language: str | None = None
    translate: bool | None = None
    hotwords: str | None = None
    vad: bool | None = None
    batch: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What the service's settings say where a task does not; ``language`` may be ``auto``."""

    model: str = ""
    compute_type: str = "int8"
    language: str = "auto"
    translate: bool = False
    hotwords: str = ""
    vad: bool = True
    batch: int = 1
    profiles: dict[Profile, ProfileWishes] = {}

    def of(self, profile: str) -> "Wishes":
        """Return what holds for a profile; for one of which nothing is said, what holds for all."""
        own = next((wishes for name, wishes in self.profiles.items() if name == profile), ProfileWishes())
        return replace(self, profiles={}, **{name: wish for name, wish in asdict(own).items() if wish is not None})
