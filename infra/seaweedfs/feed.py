"""The bucket notifications that SeaweedFS lacks: consumes the filer's change log, produces ``bucket.feed``.

The feed is for speed, a millisecond or two after a PUT; the filer forgets its last minute when it is killed, so the
listing (``services.reconcile``) is the guarantee. Each announcement carries its place in the filer's log as a header:
the last one in the stream is where a new process goes on, and it moves only with the PubAck.
"""

import logging
from functools import partial

import grpc.aio
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from contracts.bucket import SUBJECT_FEED
from infra.seaweedfs.filer import follow
from services.runtime.announce import announce
from services.runtime.service import Service, run
from services.runtime.settings import Settings

CURSOR = "Headrace-Filer-Ts"

_log = logging.getLogger("headrace.feed")


class FeedSettings(Settings):
    """Where the filer's gRPC endpoint is, as ``host:port``."""

    filer_grpc: str


async def last_announced_ns(js: JetStreamContext) -> int:
    """Return the place in the filer's log that was announced last, 0 before the first."""
    try:
        last = await js.get_last_msg("BUCKET", SUBJECT_FEED)
    except NotFoundError:
        return 0
    return int((last.headers or {}).get(CURSOR, 0))


async def feed(settings: FeedSettings, connection: Client) -> None:
    """Announce every upload that is written, until the filer goes away."""
    js = connection.jetstream()
    try:
        async for written in follow(settings.filer_grpc, settings.bucket, await last_announced_ns(js)):
            await announce(js, SUBJECT_FEED, written.original, headers={CURSOR: str(written.ts_ns)})
    except grpc.aio.AioRpcError as error:
        _log.warning("the filer at %s is away: %s", settings.filer_grpc, error.details())


def build(settings: FeedSettings) -> Service:
    """Wire the feed."""
    service = Service("feed", settings)
    service.background(partial(feed, settings))
    return service


def main() -> None:
    """Run the feed."""
    run(build, FeedSettings)


if __name__ == "__main__":
    main()
