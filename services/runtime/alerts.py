"""Raises alerts in the log: the same trouble once in a while, however many processes see it."""

from datetime import UTC, datetime

from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from contracts.codec import encode
from contracts.v1 import Alert
from services.runtime.log import STREAM
from services.runtime.publish import ACK_TIMEOUT_S

_WRONG_LAST_SEQUENCE = 10071
_EXPECTED = "Nats-Expected-Last-Subject-Sequence"


class Alerts:
    """Publishes alerts."""

    def __init__(self, js: JetStreamContext, cooldown_s: float) -> None:
        """Publish an alert of the same subject once in ``cooldown_s``."""
        self._js = js
        self._cooldown_s = cooldown_s

    async def raise_(self, alert: Alert) -> bool:
        """Publish an alert unless it was raised a short while ago; tell whether it was published.

        The log itself says when that was, and refuses a second one that follows the same alert.
        """
        last = 0
        try:
            raised = await self._js.get_last_msg(STREAM, alert.subject)
        except NotFoundError:
            pass
        else:
            assert raised.seq is not None
            assert raised.time is not None
            last = raised.seq
            if (datetime.now(UTC) - raised.time).total_seconds() < self._cooldown_s:
                return False
        try:
            headers = {_EXPECTED: str(last)}
            await self._js.publish(alert.subject, encode(alert), timeout=ACK_TIMEOUT_S, headers=headers)
        except APIError as error:
            if error.err_code != _WRONG_LAST_SEQUENCE:
                raise
            return False
        return True
