"""Alerts of version 1: what an operator should look at, on ``alert.v1.<kind>.<tenant>.<about>``.

They lie in the same stream as the facts, so that one position says what a listener has seen of both.
"""

from typing import Literal

import msgspec

from contracts.keys import DEFAULT_TENANT

AlertKind = Literal[
    "work_recovered", "retries_exhausted", "service_silent", "webhook_disabled", "intake_paused", "intake_resumed"
]
"""``work_recovered``: work whose worker failed or died was done in a later try.
``retries_exhausted``: work was given up. ``service_silent``: no process of a service answers.
``webhook_disabled``: an endpoint failed for too long. ``intake_paused``: services take no work, for a reason that
``about`` names, such as ``disk`` or ``store``. ``intake_resumed``: they take work again.
"""


class Alert(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="alert"):
    """Be something to look at; ``about`` names a service or an endpoint, ``message`` says what a person can do."""

    kind: AlertKind
    about: str
    message: str
    code: str | None = None
    asset_id: str | None = None
    tenant: str = DEFAULT_TENANT

    @property
    def subject(self) -> str:
        """Return the subject that the alert is published to; the same trouble has the same subject."""
        return f"alert.v1.{self.kind}.{self.tenant}.{self.about}"
