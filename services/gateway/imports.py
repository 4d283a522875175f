"""Imports: a task for the service ``fetch``, and an asset that waits for it."""

import secrets
from contextlib import suppress

from nats.js import JetStreamContext

from contracts.keys import asset_id_of, reserved_key
from contracts.v1 import AssetAbandoned, AssetAwaited, FetchInput
from services.gateway.decide_uploads import check_name, name_of_url
from services.gateway.facts import log_errors
from services.gateway.upload_documents import ImportRequest
from services.runtime.errors import Transient
from services.runtime.publish import Publisher


class Imports:
    """Orders files."""

    def __init__(self, bucket: str, js: JetStreamContext) -> None:
        """Have them put into a bucket."""
        self._bucket = bucket
        self._publish = Publisher(js)

    async def order(self, tenant: str, asked: ImportRequest) -> str:
        """Return the id of the asset that a file will be.

        Raises: Permanent: ``name_invalid``. Transient: ``log_unavailable``.
        """
        name = name_of_url(asked.input) if asked.name is None else asked.name
        check_name(name)
        key = reserved_key(tenant, secrets.token_urlsafe(18), name)
        asset_id = asset_id_of(self._bucket, key, "", 0)
        awaited = AssetAwaited(
            asset_id=asset_id,
            tenant=tenant,
            name=name,
            key=key,
            profile=asked.profile,
            playback_policy=asked.playback_policy,
            title=asked.title,
            description=asked.description,
            metadata=asked.metadata,
            tags=asked.tags,
            category=asked.category,
            priority=asked.priority,
        )
        task = FetchInput(
            asset_id=asset_id,
            tenant=tenant,
            url=asked.input,
            key=key,
            profile=asked.profile,
            playback_policy=asked.playback_policy,
            priority=asked.priority,
            language=asked.language or "",
        )
        with log_errors():
            # A fetch can fail at once, and the failure must find an asset that waits.
            await self._publish(awaited)
        await self._hand_out(task)
        return asset_id

    async def _hand_out(self, task: FetchInput) -> None:
        try:
            with log_errors():
                await self._publish(task)
        except Transient:
            # An asset that waits for nobody would wait for ever.
            with suppress(Transient), log_errors():
                await self._publish(AssetAbandoned(asset_id=task.asset_id, tenant=task.tenant))
            raise
