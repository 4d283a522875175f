"""Decides which assets a bucket notification tells of."""

import re
from collections.abc import Mapping, Sequence
from typing import get_args

from msgspec.structs import replace

from contracts.bucket import Notification
from contracts.keys import asset_id_of, is_upload, tenant_of
from contracts.languages import LANGUAGE_METADATA, bcp47
from contracts.policies import DEFAULT_PLAYBACK_POLICY, POLICY_METADATA, PlaybackPolicy
from contracts.priorities import DEFAULT_PRIORITY, PRIORITY_METADATA, Priority
from contracts.profiles import DEFAULT_PROFILE, PROFILE_METADATA
from contracts.v1 import AssetAwaited, AssetFailed, AssetIngested, AssetPurged, Fact, Original
from services.runtime.errors import Permanent
from services.runtime.limits import UploadLimits

LONGEST_NAME = 255

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def uploads_of(notification: Notification, bucket: str) -> list[str]:
    """Return the keys of the uploads that a store says were written to the bucket, each once.

    Deletions, other buckets, keys outside ``uploads/`` and markers of folders are no uploads.
    """
    written = [event.key for event in notification.events if event.created and event.bucket == bucket]
    return list(dict.fromkeys(key for key in written if is_upload(key)))


def asset_of(
    bucket: str, key: str, size_bytes: int, etag: str, metadata: Mapping[str, str] | None = None
) -> AssetIngested:
    """Return the fact that an object became an asset; the same object gives the same fact."""
    stated = metadata or {}
    return AssetIngested(
        asset_id=asset_id_of(bucket, key, etag, size_bytes),
        tenant=tenant_of(key),
        original=Original(bucket=bucket, key=key, size_bytes=size_bytes, etag=etag),
        name=name_of(key),
        profile=_one_line(stated.get(PROFILE_METADATA, "")) or DEFAULT_PROFILE,
        playback_policy=policy_of(stated),
        priority=priority_of(stated),
        language=language_of(stated),
    )


def judged(asset: AssetIngested, content_type: str, limits: UploadLimits) -> AssetIngested | AssetFailed:
    """Return an asset, or why it is none: ``upload_too_large``, ``upload_type_refused``."""
    try:
        limits.check(asset.original.size_bytes, content_type)
    except Permanent as refusal:
        return _refused(asset, refusal.code, refusal.message)
    return asset


def unless_given_up(fact: AssetIngested | AssetFailed, life: Sequence[Fact]) -> AssetIngested | AssetFailed:
    """Return a fact about a file that was announced, or why it is no asset: ``upload_given_up``.

    ``life`` says whether it still is awaited: a URL that was signed for a sender outlives the upload.
    """
    if isinstance(life[-1], AssetAwaited):
        return fact
    return _refused(fact, "upload_given_up", "The file came after its upload was given up; begin a new upload.")


def _refused(fact: AssetIngested | AssetFailed, code: str, message: str) -> AssetFailed:
    return AssetFailed(asset_id=fact.asset_id, tenant=fact.tenant, code=code, message=message, service="ingest")


def again(fact: AssetIngested | AssetFailed, life: Sequence[Fact]) -> AssetIngested | AssetFailed | None:
    """Return the beginning of an asset's next life, if the one that ``life`` tells of ended with a purge."""
    last = life[-1] if life else None
    if not isinstance(last, AssetPurged):
        return None
    return replace(fact, attempt=last.attempt)


def policy_of(metadata: Mapping[str, str]) -> PlaybackPolicy:
    """Return who may play an upload; a policy that does not exist is nobody's wish for everybody."""
    stated = metadata.get(POLICY_METADATA) or DEFAULT_PLAYBACK_POLICY
    return "public" if stated == "public" else "signed"


def priority_of(metadata: Mapping[str, str]) -> Priority:
    """Return what an upload asks for; what is no priority asks for nothing."""
    stated = metadata.get(PRIORITY_METADATA)
    return next((known for known in get_args(Priority) if known == stated), DEFAULT_PRIORITY)


def language_of(metadata: Mapping[str, str]) -> str:
    """Return what an upload says is spoken; what is no tag of a language says nothing."""
    tag = bcp47(metadata.get(LANGUAGE_METADATA))
    return "" if tag == "und" else tag


def name_of(key: str) -> str:
    """Return the name to show for a key: its last part, on one line, at most 255 characters.

    Control characters become U+FFFD. The key itself stays as it is.
    """
    return _one_line(key.rpartition("/")[2])


def _one_line(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)[:LONGEST_NAME]
