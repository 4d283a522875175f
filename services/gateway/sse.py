"""Server-Sent Events as bytes.

Source: WHATWG HTML, "Server-sent events". An id without data is remembered by the client and told to nobody, so that
one who hears nothing for long still comes back to where it was.
"""

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import suppress

from nats.errors import Error

from services.gateway.feed import Told

MEDIA_TYPE = "text/event-stream"
# Proxies must pass events on at once.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_RETRY_MS = 2000


async def sse(start: int, told: AsyncIterable[Told]) -> AsyncGenerator[bytes, None]:
    """Yield what a client is sent; where the log goes away the response ends, and the client comes back by itself."""
    yield b"retry: %d\nid: %d\n\n" % (_RETRY_MS, start)
    with suppress(Error, OSError):
        async for one in told:
            events = [b"id: %d\ndata: %s\n\n" % (event.sequence, event.document) for event in one.happenings]
            yield b"".join(events) or b": heartbeat\nid: %d\n\n" % one.cursor
