"""Imports: a task for the service ``fetch``, and an asset that waits for it."""

import secrets

from nats.js import JetStreamContext

from contracts.keys import asset_id_of, reserved_key
from contracts.v1 import AssetAwaited, FetchInput
from services.gateway.decide_uploads import check_name, name_of_url
from services.gateway.upload_documents import ImportRequest
from services.runtime.publish import Publisher


class Imports:
    """Orders files."""

    def __init__(self, bucket: str, js: JetStreamContext) -> None:
        """Have them put into a bucket."""
        self._bucket = bucket
        self._publish = Publisher(js)

    async def order(self, tenant: str, asked: ImportRequest) -> str:
        """Return the id of the asset that a file will be.

        Raises: Permanent: ``name_invalid``.
        """
        name = name_of_url(asked.input) if asked.name is None else asked.name
        check_name(name)
        key = reserved_key(tenant, secrets.token_urlsafe(18), name)
        asset_id = asset_id_of(self._bucket, key, "", 0)
        # The task comes first: an asset that waits for nobody would wait for ever.
        await self._publish(
            FetchInput(
                asset_id=asset_id,
                tenant=tenant,
                url=asked.input,
                key=key,
                profile=asked.profile,
                playback_policy=asked.playback_policy,
            )
        )
        await self._publish(
            AssetAwaited(
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
            )
        )
        return asset_id
