"""How a file is to be sent, and whether all of it has arrived: pure."""

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import msgspec

from contracts.languages import LANGUAGE_METADATA
from contracts.policies import POLICY_METADATA, PlaybackPolicy
from contracts.priorities import PRIORITY_METADATA, Priority
from contracts.profiles import PROFILE_METADATA, Profile
from services.gateway.refusals import Refused
from services.gateway.upload_session import Session
from services.runtime.errors import Permanent
from services.runtime.multipart import StoredPart, part_bytes_of
from services.runtime.store import StoredObject

ONE_PUT_BYTES = 100 << 20
"""The largest file that is sent whole."""

LONGEST_NAME_BYTES = 255

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NAMED = 5


class PartPlan(msgspec.Struct, frozen=True):
    """A file of ``size_bytes``, cut into ``count`` parts of ``part_bytes``, the last excepted."""

    size_bytes: int
    part_bytes: int

    @property
    def count(self) -> int:
        """Return how many parts there are."""
        return -(-self.size_bytes // self.part_bytes)

    def length(self, number: int) -> int:
        """Return the length of a part, counted from 1."""
        return min(self.part_bytes, self.size_bytes - (number - 1) * self.part_bytes)

    def held(self, stored: Mapping[int, StoredPart]) -> list[int]:
        """Return the numbers of the parts that are stored whole."""
        return [
            number
            for number in range(1, self.count + 1)
            if (part := stored.get(number)) is not None and part.size_bytes == self.length(number)
        ]


def part_plan(size_bytes: int) -> PartPlan | None:
    """Return how a file is cut, or None when it is sent whole."""
    return PartPlan(size_bytes, part_bytes_of(size_bytes)) if size_bytes > ONE_PUT_BYTES else None


def plan_of(session: Session) -> PartPlan | None:
    """Return how an upload's file was cut when it was opened."""
    return None if session.part_bytes is None else PartPlan(session.size_bytes, session.part_bytes)


def check_name(name: str) -> None:
    """Refuse what is no file name.

    Raises: Permanent: ``name_invalid``.
    """
    if "/" in name or name in {".", ".."} or _CONTROL.search(name) or len(name.encode()) > LONGEST_NAME_BYTES:
        raise Permanent(
            "name_invalid", "The name must be a file name of at most 255 bytes, without slashes and control characters."
        )


def name_of_url(url: str) -> str:
    """Return the file name in a URL, ``import`` where there is none."""
    name = _CONTROL.sub("", unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2])
    while len(name.encode()) > LONGEST_NAME_BYTES:
        name = name[1:]  # its end says what it is
    return "import" if name in {"", ".", ".."} else name


def metadata_of(profile: Profile, policy: PlaybackPolicy, priority: Priority, language: str) -> dict[str, str]:
    """Return the user metadata that an original is written with; an empty language is none."""
    spoken = {LANGUAGE_METADATA: language} if language else {}
    return {PROFILE_METADATA: profile, POLICY_METADATA: policy, PRIORITY_METADATA: priority, **spoken}


def check_complete(plan: PartPlan, held: list[int]) -> None:
    """Refuse to complete a file of which parts are missing.

    Raises: Refused: ``upload_incomplete``.
    """
    missing = sorted(set(range(1, plan.count + 1)) - set(held))
    if missing:
        named = ", ".join(map(str, missing[:_NAMED])) + (" …" if len(missing) > _NAMED else "")
        raise Refused(
            409, "upload_incomplete", f"{len(missing)} of {plan.count} parts are missing: {named}; send them."
        )


def check_arrived(session: Session, stored: StoredObject | None) -> StoredObject:
    """Return what arrived, if it is what was announced.

    Raises: Refused: ``upload_incomplete``, ``upload_differs``.
    """
    if stored is None:
        raise Refused(409, "upload_incomplete", "The file has not arrived; send it, then complete the upload.")
    if (stored.size_bytes, stored.content_type) != (session.size_bytes, session.content_type):
        raise Refused(
            409,
            "upload_differs",
            f"What arrived has {stored.size_bytes} bytes of {stored.content_type}, not {session.size_bytes} bytes of"
            f" {session.content_type} as announced; begin a new upload.",
        )
    return stored
