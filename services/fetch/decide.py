"""Decides what an answer promises, whether it is taken, and how it is cut."""

import re
from collections.abc import Mapping

import msgspec

from contracts.languages import LANGUAGE_METADATA
from contracts.policies import POLICY_METADATA
from contracts.priorities import PRIORITY_METADATA
from contracts.profiles import PROFILE_METADATA
from contracts.v1 import FetchInput
from services.runtime.errors import Permanent
from services.runtime.limits import UploadLimits
from services.runtime.multipart import MOST_PARTS, PART_BYTES, part_bytes_of

MOST_PART_BYTES = 64 << 20
"""The longest part, of which memory holds one: whatever a server says of a file's length, it costs no more."""

_MIME = re.compile(r"[\w.+-]{1,63}/[\w.+-]{1,63}", re.ASCII)


class Intake(msgspec.Struct, frozen=True):
    """How an original is written: in parts of ``part_bytes``, and never more than ``most_bytes``."""

    content_type: str
    metadata: dict[str, str]
    part_bytes: int
    most_bytes: int


def intake_of(task: FetchInput, headers: Mapping[str, str], limits: UploadLimits) -> Intake:
    """Return how to take what an answer with these headers brings; names of headers are in small letters.

    Raises: Permanent: ``input_too_large``, ``input_refused``, ``upload_type_refused``.
    """
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Permanent("input_refused", "The server sends the file compressed although asked not to.")
    stated = headers.get("content-length", "")
    size_bytes = int(stated) if stated.isdecimal() else None
    part_bytes = PART_BYTES if size_bytes is None else min(part_bytes_of(size_bytes), MOST_PART_BYTES)
    most_bytes = min(limits.most_bytes, part_bytes * MOST_PARTS)
    if size_bytes is not None and size_bytes > most_bytes:
        raise too_large(most_bytes)
    content_type = mime_of(headers.get("content-type", ""))
    limits.check(size_bytes or 0, content_type)
    spoken = {LANGUAGE_METADATA: task.language} if task.language else {}
    return Intake(
        content_type=content_type,
        metadata={
            PROFILE_METADATA: task.profile,
            POLICY_METADATA: task.playback_policy,
            PRIORITY_METADATA: task.priority,
            **spoken,
        },
        part_bytes=part_bytes,
        most_bytes=most_bytes,
    )


def mime_of(stated: str) -> str:
    """Return the type that a header states, without its parameters; what states none is any bytes."""
    mime = stated.partition(";")[0].strip().lower()
    return mime if _MIME.fullmatch(mime) else "application/octet-stream"


def too_large(most_bytes: int) -> Permanent:
    """Return the refusal of a file that is longer than allowed."""
    return Permanent("input_too_large", f"The file at the URL is larger than {most_bytes} bytes; bring a smaller one.")
