"""Clients of S3 stores."""

from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from services.runtime.settings import Settings

# A session reads the description of S3's API, which takes 0.1 s and 12 MB, once for all of its clients.
_session = get_session()


def client_of(settings: Settings, endpoint_url: str) -> Any:
    """Return a client of the store at an address, as a context, with the settings' credentials."""
    # SigV4 must be asked for: the default for presigned URLs signs neither length nor type.
    config = AioConfig(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=5,
        read_timeout=60,
        retries={"max_attempts": 2},
        max_pool_connections=32,
    )
    return _session.create_client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=settings.store_region,
        aws_access_key_id=settings.store_access_key,
        aws_secret_access_key=settings.store_secret_key.get_secret_value(),
        config=config,
    )
