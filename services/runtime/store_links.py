"""Signed URLs of the objects of one bucket: for our own media children, and for users."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client


class Links:
    """Signs URLs."""

    def __init__(self, bucket: str, client: "S3Client", public_client: "S3Client") -> None:
        """Use one client for the work and one that signs for the address that users see."""
        self.bucket = bucket
        self._client = client
        self._public_client = public_client

    async def presigned_download(self, key: str, name: str, expires_s: int = 3600) -> str:
        """Return a URL under which users save one object as a file of this name for a while."""
        # Source: RFC 6266 §4.3, RFC 8187 §3.2.1.
        disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        return await self._public_client.generate_presigned_url(
            "get_object",
            Params={"Bucket": self.bucket, "Key": key, "ResponseContentDisposition": disposition},
            ExpiresIn=expires_s,
        )

    async def presigned_get(self, key: str, expires_s: int = 3600) -> str:
        """Return a URL that reads one object for a while, for our own media children."""
        return await self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=expires_s
        )

    async def presigned_read(self, key: str, expires_s: int) -> str:
        """Return a URL that reads one object for a while, for users."""
        return await self._public_client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=expires_s
        )

    async def presigned_put(
        self,
        key: str,
        *,
        size_bytes: int,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
        expires_s: int = 3600,
    ) -> str:
        """Return a URL that writes one new object of exactly this length, type and metadata, for users.

        The sender must send the headers ``Content-Type``, ``If-None-Match: *`` and ``x-amz-meta-…`` as signed.
        """
        params = {
            "Bucket": self.bucket,
            "Key": key,
            "ContentLength": size_bytes,
            "ContentType": content_type,
            "IfNoneMatch": "*",
            "Metadata": dict(metadata or {}),
        }
        return await self._public_client.generate_presigned_url("put_object", Params=params, ExpiresIn=expires_s)
