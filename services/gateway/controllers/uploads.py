"""Uploads: where to send a file, straight to the store."""

import secrets
from datetime import UTC, datetime, timedelta

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from contracts.keys import DEFAULT_TENANT, asset_id_of
from contracts.profiles import PROFILE_METADATA
from services.gateway.decide import upload_key
from services.gateway.documents import UploadAnswer, UploadRequest, UploadTarget
from services.gateway.principal import needs
from services.gateway.problems import described
from services.runtime.store import Store

_EXPIRES_S = 3600


class UploadController(Controller):
    """Presigns uploads."""

    path = "/v1/uploads"
    tags = ("uploads",)
    guards = (needs("write"),)

    @post(
        operation_id="create_upload",
        responses={400: described("The request is wrong."), 413: described("Larger than one PUT can be.")},
    )
    async def create_upload(self, data: JSONBody[UploadRequest], store: NamedDependency[Store]) -> UploadAnswer:
        """Presign one PUT of one new file; the signature holds its length, type and profile."""
        key = upload_key(DEFAULT_TENANT, secrets.token_urlsafe(18), data.name, data.size_bytes)
        expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=_EXPIRES_S)
        metadata = {PROFILE_METADATA: data.profile}
        url = await store.presigned_put(
            key,
            size_bytes=data.size_bytes,
            content_type=data.content_type,
            metadata=metadata,
            expires_s=_EXPIRES_S,
        )
        headers = {"Content-Type": data.content_type, "If-None-Match": "*"}
        headers |= {f"x-amz-meta-{name}": value for name, value in metadata.items()}
        return UploadAnswer(
            asset_id=asset_id_of(store.bucket, key, "", data.size_bytes),
            upload=UploadTarget("PUT", url, headers, expires_at),
        )
