"""How late Headrace is: what ``reconcile`` answers to a request on ``reconcile.status``."""

from datetime import datetime

import msgspec

SUBJECT = "reconcile.status"


class Lateness(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest unresolved work, ``at`` the time of the last look.

    ``overdue_s``: how far the latest of it is past its deadline, 0 in health; ``asset_id`` and ``state`` are its own.
    Time in a queue does not count there, but in ``oldest_s``, the age of the oldest. ``unresolved`` counts assets.
    """

    at: datetime
    overdue_s: float
    oldest_s: float
    unresolved: int
    asset_id: str | None = None
    state: str | None = None
