"""Telling how far a transcription has come, to whoever listens at this moment."""

import msgspec
from faststream.nats import NatsBroker

from contracts.progress import Progressed, progress_subject
from contracts.v1 import TranscribeAudio


class Progress:
    """Says it on NATS, where it is not kept."""

    def __init__(self, broker: NatsBroker) -> None:
        """Speak through a broker."""
        self._broker = broker

    async def tell(self, task: TranscribeAudio, done_s: float) -> None:
        """Say that so many seconds are done."""
        told = Progressed(asset_id=task.asset_id, track=task.track, done_s=done_s, duration_s=task.duration_s)
        await self._broker.publish(msgspec.json.encode(told), progress_subject(task.tenant, task.asset_id))
