"""Acting on what is overdue: a fact is told again to the durable that owes its answer, or the end is stated."""

import logging

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from contracts.again import SEQUENCE, subject_for
from contracts.v1 import (
    Alert,
    AssetAbandoned,
    AssetAwaited,
    AssetFailed,
    CaptionsRefused,
    ComplexityMeasured,
    Fact,
    PosterRefused,
    QualityMeasured,
)
from services.reconcile.deadlines import DEADLINES
from services.reconcile.life import Life
from services.reconcile.overdue import Action, Ask
from services.reconcile.owed import Owed
from services.runtime import trace
from services.runtime.alerts import Alerts
from services.runtime.log import STREAM, FactLog
from services.runtime.publish import ACK_TIMEOUT_S, Publisher
from services.runtime.store import Store

_BY = {trace.SERVICE: "reconcile"}
_COOLDOWN_S = 3600.0
_CARRIED = (trace.CORRELATION, trace.ORIGIN)

_log = logging.getLogger("headrace.reconcile")


class Actor:
    """Does what was decided; doing it twice is doing it once."""

    def __init__(self, js: JetStreamContext, store: Store) -> None:
        """Use a log and a bucket."""
        self._js = js
        self._store = store
        self._facts = FactLog(js)
        self._publish = Publisher(js)
        self._alerts = Alerts(js, _COOLDOWN_S)

    async def __call__(self, life: Life, action: Action) -> bool:
        """Do one thing about an asset; tell whether it was called for, or its file still comes.

        Raises: Transient: the store does not answer. nats.errors.Error: the log does not.
        """
        owed = action.owed
        if isinstance(action, Ask) and await self._asked(life.asset_id, owed):
            return True
        if owed.state in {"awaited", "imported"} and await self._still_comes(life.asset_id):
            return False
        _log.warning("giving up: %s has been %s for too long", life.asset_id, owed.state)
        end = ending(life, owed)
        if isinstance(end, Alert):
            await self._alerts.raise_(end)
        else:
            await self._publish(end, _BY)
        return True

    async def _asked(self, asset_id: str, owed: Owed) -> bool:
        """Ask again, and tell whether that was possible: the log may have lost the fact."""
        durable = DEADLINES[owed.state].durable
        try:
            fact = await self._js.get_msg(STREAM, seq=owed.sequence)
        except NotFoundError:
            return False
        _log.warning("%s has been %s for too long: asking %s again", asset_id, owed.state, durable)
        headers = {name: value for name, value in (fact.headers or {}).items() if name in _CARRIED}
        # Whoever sweeps at the same time knows of the same last time.
        identity = f"again:{durable}:{asset_id}:{owed.sequence}:{owed.asked}"
        await self._js.publish(
            subject_for(durable, fact.subject or ""),
            fact.data or b"",
            timeout=ACK_TIMEOUT_S,
            headers={**headers, **_BY, SEQUENCE: str(owed.sequence), "Nats-Msg-Id": identity},
        )
        return True

    async def _still_comes(self, asset_id: str) -> bool:
        """Tell whether the store has something of a file that is awaited: whoever lists uploads announces it."""
        (awaited,) = await self._facts.facts(asset_id, AssetAwaited)
        if await self._store.head(awaited.key) is not None:
            return True
        return bool([begun async for begun in self._store.multipart.begun(awaited.key)])


def ending(life: Life, owed: Owed) -> Fact | Alert:
    """Return the fact that an answer will not come; where an asset is none the worse for it, an alert."""
    deadline = DEADLINES[owed.state]
    asset_id, tenant, recipe = life.asset_id, life.tenant, owed.recipe
    code, message = deadline.code, deadline.message
    end: Fact | Alert
    match deadline.instead:
        case "asset.abandoned":
            end = AssetAbandoned(asset_id=asset_id, tenant=tenant)
        case "complexity.measured":
            end = ComplexityMeasured(asset_id=asset_id, tenant=tenant, recipe=recipe, reason=code)
        case "quality.measured":
            end = QualityMeasured(asset_id=asset_id, tenant=tenant, recipe=recipe, reason=code)
        case "poster.refused":
            end = PosterRefused(
                asset_id=asset_id, tenant=tenant, recipe=recipe, edit=owed.part, code=code, message=message
            )
        case "captions.refused":
            end = CaptionsRefused(
                asset_id=asset_id,
                tenant=tenant,
                track=owed.part,
                version=owed.attempt,
                asked=owed.attempt,
                code=code,
                message=message,
            )
        case "alert":
            end = Alert(
                kind="retries_exhausted",
                about="reconcile",
                code=code,
                message=message,
                asset_id=asset_id,
                tenant=tenant,
            )
        case "asset.failed":
            end = AssetFailed(
                asset_id=asset_id,
                tenant=tenant,
                code=code,
                message=message,
                service="reconcile",
                recipe=recipe,
                attempt=owed.attempt,
            )
    return end
