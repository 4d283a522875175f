"""Telling how late everything is: to requests on ``reconcile.status``, and as metrics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.lateness import SUBJECT, Lateness
from services.runtime.settings import Settings
from services.runtime.telemetry import gauge

_QUEUE = "reconcile"


class Teller:
    """Keeps the last look, for whoever asks; before the first one it is silent."""

    def __init__(self, settings: Settings) -> None:
        """Export metrics if the settings say so."""
        self._lateness: Lateness | None = None
        self._overdue = gauge(settings, "headrace_overdue_seconds", "How far the latest asset is past its deadline.")
        self._oldest = gauge(settings, "headrace_oldest_unresolved_seconds", "Age of the oldest unresolved work.")
        self._unresolved = gauge(settings, "headrace_unresolved_assets", "Assets that wait for something.")

    @asynccontextmanager
    async def answering(self, connection: Client) -> AsyncIterator[None]:
        """Answer requests inside the context."""
        subscription = await connection.subscribe(SUBJECT, queue=_QUEUE, cb=self._answer)
        try:
            yield
        finally:
            await subscription.unsubscribe()

    def tell(self, lateness: Lateness) -> None:
        """Tell this from now on."""
        self._lateness = lateness
        self._overdue(lateness.overdue_s)
        self._oldest(lateness.oldest_s)
        self._unresolved(lateness.unresolved)

    async def _answer(self, request: Msg) -> None:
        if self._lateness is not None:
            await request.respond(msgspec.json.encode(self._lateness))
