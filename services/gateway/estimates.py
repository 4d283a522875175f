"""When an asset that is being made will be ready, as ``dispatch`` tells it."""

import msgspec
from nats.aio.client import Client
from nats.errors import Error

from contracts.estimates import Estimate, estimate_subject
from services.gateway.view import AssetView

PATIENCE_S = 0.5
_UNDER_WAY = {"waiting", "processing", "playable"}


class Estimates:
    """Asks for estimates."""

    def __init__(self, nats: Client) -> None:
        """Ask over a connection."""
        self._nats = nats

    async def of(self, view: AssetView) -> Estimate | None:
        """Return what is told of an asset; None when it is not under way, or nobody answers at once."""
        if view.shown_state not in _UNDER_WAY:
            return None
        try:
            answer = await self._nats.request(estimate_subject(view.tenant, view.asset_id), timeout=PATIENCE_S)
            return msgspec.json.decode(answer.data, type=Estimate)
        except (Error, OSError, msgspec.DecodeError):
            return None
