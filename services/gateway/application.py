"""The application, which answers pages of every origin alike where a token and not the page is what opens."""

import re

from litestar import Litestar
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send

_PLAYBACK = re.compile("/v1/playback/[^/]+/[^/]+/")


class Application(Litestar):
    """An application in which the origins that may use the session cookie do not limit who may play."""

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """Answer; playback says by itself what pages may do, so the framework is not told that a page asks."""
        if scope["type"] != "lifespan" and _PLAYBACK.match(scope["path"]):
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"origin"]
        await super().__call__(scope, receive, send)
