"""Announcing an upload on the BUCKET stream: feed and listing say the same thing under the same id."""

import msgspec
from nats.js import JetStreamContext

from contracts.bucket import message_id, object_created
from contracts.v1 import Original
from services.runtime.publish import ACK_TIMEOUT_S


async def announce(
    js: JetStreamContext,
    subject: str,
    upload: Original,
    *,
    repeats: int | None = None,
    headers: dict[str, str] | None = None,
) -> int:
    """Publish that an object was written and return the announcement's sequence in BUCKET.

    An object that was announced before, within the stream's window, gives the sequence of that announcement;
    ``repeats`` is such a sequence, and says that it was lost on somebody.
    """
    stated = (upload.bucket, upload.key, upload.size_bytes, upload.etag)
    identity = message_id(*stated) if repeats is None else f"{message_id(*stated)}:{repeats}"
    ack = await js.publish(
        subject,
        msgspec.json.encode(object_created(*stated)),
        timeout=ACK_TIMEOUT_S,
        headers={"Nats-Msg-Id": identity, **(headers or {})},
    )
    return ack.seq
