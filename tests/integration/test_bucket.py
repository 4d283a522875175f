"""Who may do what with the bucket: everybody reads what was made, nobody else does anything else."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from botocore.exceptions import ClientError

from infra import bucket
from services.runtime.settings import Settings
from services.runtime.store import Store

PAGE = {"Origin": "https://player.example"}


@pytest.fixture
async def anybody(settings: Settings, store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client without credentials, in a bucket with one original and one output."""
    await store.put("uploads/original", b"original", content_type="video/mp4")
    await store.put("assets/a/r/index.m3u8", b"#EXTM3U", content_type="application/vnd.apple.mpegurl")
    async with httpx.AsyncClient(base_url=f"{settings.store_url}/{settings.bucket}", trust_env=False) as client:
        yield client


async def test_everybody_reads_outputs_whole_and_by_range(anybody: httpx.AsyncClient) -> None:
    whole = await anybody.get("/assets/a/r/index.m3u8")
    assert (whole.status_code, whole.content) == (200, b"#EXTM3U")
    assert whole.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    part = await anybody.get("/assets/a/r/index.m3u8", headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, b"EXT")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/uploads/original"),
        ("HEAD", "/uploads/original"),
        ("PUT", "/uploads/other"),
        ("PUT", "/assets/a/r/index.m3u8"),
        ("DELETE", "/assets/a/r/index.m3u8"),
        ("POST", "/assets/a/r/other?uploads"),
        ("POST", "/?delete"),
        ("GET", "/"),
        ("GET", "/?list-type=2&prefix=assets/"),
        ("GET", "/?policy"),
        ("DELETE", "/"),
    ],
)
async def test_nobody_does_more_without_credentials(anybody: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await anybody.request(method, path)).status_code == 403
    assert (await anybody.get("/assets/a/r/index.m3u8")).content == b"#EXTM3U"


@pytest.mark.parametrize("path", ["/assets/%2e%2e/uploads/original", "/assets/..%2fuploads/original"])
async def test_no_path_leads_from_outputs_to_originals(anybody: httpx.AsyncClient, path: str) -> None:
    assert 400 <= (await anybody.get(path)).status_code < 500


async def test_a_page_may_read_outputs(anybody: httpx.AsyncClient) -> None:
    asks = {**PAGE, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    preflight = await anybody.options("/assets/a/r/index.m3u8", headers=asks)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] in ("*", PAGE["Origin"])
    assert "GET" in preflight.headers["Access-Control-Allow-Methods"]
    assert "range" in preflight.headers["Access-Control-Allow-Headers"].lower()
    answer = await anybody.get("/assets/a/r/index.m3u8", headers={**PAGE, "Range": "bytes=0-1"})
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", PAGE["Origin"])
    exposed = set(re.split(r",\s*", answer.headers["Access-Control-Expose-Headers"].lower()))
    assert {"etag", "content-range"} <= exposed


async def test_a_page_may_upload_with_a_signed_url_and_see_the_etag(anybody: httpx.AsyncClient, store: Store) -> None:
    asks = {
        **PAGE,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,if-none-match",
    }
    url = await store.presigned_put("uploads/from-a-page", size_bytes=3, content_type="video/mp4")
    assert "PUT" in (await anybody.options(url, headers=asks)).headers["Access-Control-Allow-Methods"]
    headers = {**PAGE, "Content-Type": "video/mp4", "If-None-Match": "*"}
    refused = await anybody.put(url, content=b"four", headers=headers)
    assert refused.status_code == 403
    answer = await anybody.put(url, content=b"abc", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["ETag"]
    assert "etag" in answer.headers["Access-Control-Expose-Headers"].lower()


async def test_preparing_it_again_changes_nothing(settings: Settings) -> None:
    async with bucket.connect(
        settings.store_url,
        settings.store_region,
        settings.store_access_key,
        settings.store_secret_key.get_secret_value(),
    ) as client:
        before = (await client.get_bucket_cors(Bucket=settings.bucket))["CORSRules"]
        await bucket.prepare(client, settings.bucket)
        assert (await client.get_bucket_cors(Bucket=settings.bucket))["CORSRules"] == before


async def test_services_cannot_open_the_bucket_further(settings: Settings) -> None:
    async with bucket.connect(
        settings.store_url,
        settings.store_region,
        settings.store_access_key,
        settings.store_secret_key.get_secret_value(),
    ) as client:
        with pytest.raises(ClientError, match="AccessDenied"):
            await client.put_bucket_policy(Bucket=settings.bucket, Policy="{}")
        with pytest.raises(ClientError, match="AccessDenied"):
            await client.create_bucket(Bucket="other")
