"""Whom an alert about work that was given up is for."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from contracts.bucket import Notification, object_created
from contracts.codec import encode
from contracts.v1 import DeadLetter
from services.notify.trouble import exhausted

OURS, ACMES = "uploads/clip.mp4", "uploads/@/acme/token/clip.mp4"


def alert_about(payload: bytes, key: str) -> tuple[str, str]:
    letter = DeadLetter(
        reason="exhausted",
        service="ingest",
        code="store_unavailable",
        message=f"The store did not answer for {key}.",
        stream="BUCKET",
        source_subject="bucket.feed",
        sequence=1,
        deliveries=4,
        payload=payload,
    )
    message: Any = SimpleNamespace(data=encode(letter))
    alert = exhausted(message)
    assert alert is not None
    return alert.tenant, alert.message


@pytest.mark.parametrize(("key", "tenant"), [(OURS, "default"), (ACMES, "acme")])
def test_a_key_is_told_to_its_tenant_alone(key: str, tenant: str) -> None:
    records = [record for each in (OURS, ACMES) for record in object_created("media", each, 1, "e").records]
    for said in (object_created("media", key, 1, "e"), Notification(records), Notification(records[::-1])):
        assert alert_about(msgspec.json.encode(said), key) == (tenant, f"The store did not answer for {key}.")


def test_what_names_nothing_is_the_operators() -> None:
    assert alert_about(b"{}", "")[0] == "default"
