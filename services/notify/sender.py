"""Delivers what is queued: signed, retried, in order for each asset, never into our own network."""

import asyncio
import logging
import random
from datetime import UTC, datetime

import asyncpg
from nats.errors import Error

from contracts.v1 import Alert
from services.notify.decide import Attempt, Patience, pause_s, reason_to_disable, state_after
from services.notify.lanes import Delivery, Lanes
from services.notify.settings import NotifySettings
from services.notify.signatures import signed_headers
from services.runtime.alerts import Alerts
from services.runtime.egress import Egress
from services.runtime.errors import HeadraceError

_logger = logging.getLogger("headrace.notify")

# What the database and the log may fail with.
_INTERRUPTIONS = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError, Error)


class Sender:
    """Works on lanes, several at a time."""

    def __init__(self, lanes: Lanes, egress: Egress, alerts: Alerts, settings: NotifySettings) -> None:
        """Take work from lanes, send it through egress, and raise an alert where an endpoint is disabled."""
        self._lanes = lanes
        self._egress = egress
        self._alerts = alerts
        self._settings = settings
        self._patience = Patience(
            settings.webhook_first_retry_s,
            settings.webhook_longest_retry_s,
            settings.webhook_retry_for_s,
            settings.webhook_disable_after_s,
        )
        self._looking = asyncio.Lock()

    async def send(self) -> None:
        """Deliver for ever."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._settings.webhook_senders):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            # One worker looks for work, the others wait for their turn or are busy.
            async with self._looking:
                while (delivery := await self._lanes.lease()) is None:  # noqa: ASYNC110 (others fill the queue)
                    await asyncio.sleep(self._settings.webhook_poll_s)
            try:
                await self._deliver(delivery)
            except _INTERRUPTIONS:
                # It is nobody else's trouble.
                message = "event %d for %s was not settled; it comes back when its lease is over"
                _logger.exception(message, delivery.sequence, delivery.endpoint_id)

    async def _deliver(self, delivery: Delivery) -> None:
        attempt = await self._attempt(delivery)
        state = state_after(attempt, delivery.first_attempt_at, self._patience)
        disabled = None
        if not attempt.succeeded:
            disabled = reason_to_disable(attempt, delivery.failing_since, self._patience)
        if disabled is not None:
            # Raised first: an endpoint is never disabled without notice.
            await self._alerts.raise_(_notice(delivery, disabled))
        pause = pause_s(delivery.attempts + 1, self._patience, random.random())  # noqa: S311 (jitter, not a secret)
        # Even when this process is to end: what was delivered but not noted would be delivered again.
        await asyncio.shield(self._lanes.settle(delivery, attempt, state, pause, disabled))

    async def _attempt(self, delivery: Delivery) -> Attempt:
        at = datetime.now(UTC)
        clock = asyncio.get_running_loop().time
        began = clock()
        headers = signed_headers(delivery.sequence, int(at.timestamp()), delivery.body, delivery.secrets)
        status, reason = None, None
        try:
            within_s = self._settings.webhook_timeout_s
            status = (await self._egress.post(delivery.url, delivery.body, headers, within_s=within_s)).status
        except HeadraceError as error:
            reason = error.message
        _logger.info("%s to %s: %s", delivery.sequence, delivery.endpoint_id, status or reason)
        return Attempt(at=at, duration_s=clock() - began, status=status, error=reason)


def _notice(delivery: Delivery, reason: str) -> Alert:
    message = f"The webhook {delivery.endpoint_id} was disabled. {reason} Mend it, enable it, then ask for redelivery."
    return Alert(kind="webhook_disabled", about=delivery.endpoint_id, tenant=delivery.tenant, message=message)
