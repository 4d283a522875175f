"""The bucket: what was made is readable by everybody from any web page, originals by nobody.

``python -m infra.bucket`` prepares it. It adds what is missing and takes nothing away. The credentials must be allowed
to create the bucket and to set its CORS rules and policy; services need no more than read, write, list and delete.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from contracts.keys import ASSETS
from services.runtime.settings import Settings

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.type_defs import CORSRuleTypeDef

# Players read ranges, and uploading pages need the ETag of each part.
CORS_RULE: "CORSRuleTypeDef" = {
    "AllowedOrigins": ["*"],
    "AllowedMethods": ["GET", "HEAD", "PUT"],
    "AllowedHeaders": ["*"],
    "ExposeHeaders": ["ETag", "Content-Length", "Content-Range", "Accept-Ranges"],
    "MaxAgeSeconds": 3600,
}
POLICY_SID = "HeadraceAssetsAreReadable"

# Whoever waits for a store to start connects again and again; a session reads megabytes of descriptions of S3.
_session = get_session()


def connect(url: str, region: str, access_key: str, secret_key: str) -> AbstractAsyncContextManager["S3Client"]:
    """Return a client of a store, as a context, that fails at once instead of trying again."""
    config = AioConfig(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        retries={"total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=10,
    )
    client: AbstractAsyncContextManager[S3Client] = _session.create_client(
        "s3",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=config,
    )
    return client


async def prepare(client: "S3Client", bucket: str) -> None:
    """Make the bucket, its CORS rule and its policy where they are missing.

    Raises: ClientError: the store refuses it to these credentials.
    """
    if await _unless(("404", "NoSuchBucket"), client.head_bucket, Bucket=bucket) is None:
        await client.create_bucket(Bucket=bucket)
    cors = await _unless(("NoSuchCORSConfiguration",), client.get_bucket_cors, Bucket=bucket)
    rules = list(cors["CORSRules"]) if cors else []
    if not any(CORS_RULE.items() <= rule.items() for rule in rules):
        await client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [*rules, CORS_RULE]})
    policy = await _unless(("NoSuchBucketPolicy",), client.get_bucket_policy, Bucket=bucket)
    statements = json.loads(policy["Policy"])["Statement"] if policy else []
    if not any(statement.get("Sid") == POLICY_SID for statement in statements):
        wanted = {"Version": "2012-10-17", "Statement": [*statements, _readable_assets(bucket)]}
        await client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(wanted))


async def _unless(missing: tuple[str, ...], ask: Callable[..., Awaitable[Any]], **what: str) -> Any:
    """Return the answer, or None when the store says that there is nothing."""
    try:
        return await ask(**what)
    except ClientError as error:
        if error.response["Error"]["Code"] in missing:
            return None
        raise


def _readable_assets(bucket: str) -> dict[str, Any]:
    return {
        "Sid": POLICY_SID,
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{bucket}/{ASSETS}*"],
    }


async def prepare_for(settings: Settings) -> None:
    """Prepare the bucket that settings name.

    Raises: BotoCoreError, ClientError: the store does not answer, or refuses.
    """
    secret_key = settings.store_secret_key.get_secret_value()
    async with connect(settings.store_url, settings.store_region, settings.store_access_key, secret_key) as client:
        await prepare(client, settings.bucket)


def main() -> None:
    """Prepare the bucket that ``HEADRACE_STORE_*`` and ``HEADRACE_BUCKET`` name."""
    asyncio.run(prepare_for(Settings()))


if __name__ == "__main__":
    main()
