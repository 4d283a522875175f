"""Announcing an upload on the BUCKET stream: feed and listing say the same thing under the same id."""

import msgspec
from nats.js import JetStreamContext

from contracts.bucket import message_id, object_created
from contracts.v1 import Original
from services.runtime.publish import ACK_TIMEOUT_S


async def announce(js: JetStreamContext, subject: str, upload: Original, headers: dict[str, str] | None = None) -> int:
    """Publish that an object was written and return the announcement's sequence in BUCKET.

    An object that was announced before, within the stream's window, gives the sequence of that announcement.
    """
    stated = (upload.bucket, upload.key, upload.size_bytes, upload.etag)
    payload = msgspec.json.encode(object_created(*stated))
    identity = {"Nats-Msg-Id": message_id(*stated)}
    ack = await js.publish(subject, payload, timeout=ACK_TIMEOUT_S, headers=identity | (headers or {}))
    return ack.seq
