"""Says that a process takes no work, and why: in its log, as alerts, and to whoever pings it."""

import asyncio
import logging

import nats.errors
from nats.aio.client import Client

from contracts.v1 import Alert
from services.runtime.alerts import Alerts
from services.runtime.intake import Intake

INTAKE = "intake"
"""The entry of the metadata, as ``nats micro info`` shows it, that says why a process takes no work."""
OPEN = "open"
"""Its value while work is taken."""

AGAIN_AFTER_S = 5.0

_log = logging.getLogger("headrace.intake")


class Voice:
    """Tells of an intake's pauses."""

    def __init__(self, intake: Intake, cooldown_s: float) -> None:
        """Speak of an intake; the same alert is raised once in ``cooldown_s``, whoever raises it."""
        self.metadata = {INTAKE: OPEN}
        self._intake = intake
        self._cooldown_s = cooldown_s
        self._alerts: asyncio.Queue[Alert] = asyncio.Queue()

    def listen(self) -> None:
        """Begin to listen; of a process that never takes work there is nothing to say."""
        self._intake.on_change(self._heard)

    async def speak(self, connection: Client) -> None:
        """Raise alerts, for ever; what cannot be raised while the bus stores nothing is raised once it does."""
        alerts = Alerts(connection.jetstream(), self._cooldown_s)
        while True:
            alert = await self._alerts.get()
            while not await _is_raised(alerts, alert):  # noqa: ASYNC110 (nobody tells that it can be)
                await asyncio.sleep(AGAIN_AFTER_S)

    def _heard(self, reason: str, sentence: str | None) -> None:
        self.metadata[INTAKE] = " ".join(self._intake.reasons.values()) or OPEN
        if sentence is None:
            _log.warning("work is taken again, as far as the %s goes", reason)
            message = f"Work that waited for the {reason} is taken again."
            self._alerts.put_nowait(Alert(kind="intake_resumed", about=reason, message=message))
        else:
            _log.warning("no work is taken: %s", sentence)
            self._alerts.put_nowait(Alert(kind="intake_paused", about=reason, message=sentence))


async def _is_raised(alerts: Alerts, alert: Alert) -> bool:
    try:
        await alerts.raise_(alert)
    except (nats.errors.Error, OSError) as error:
        _log.warning("an alert cannot be raised just now: %s", error)
        return False
    return True
