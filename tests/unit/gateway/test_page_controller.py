"""The page is sent to everybody: small, kept where it may be, and with the policy that says what it may load."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar
from litestar.di import Provide

from services.gateway.controllers.page import PageController
from services.gateway.pages import PageFiles
from services.gateway.problems import HANDLERS
from services.runtime.settings import Settings


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    files, settings = PageFiles(), Settings(store_public_url="https://store.example")
    application = Litestar(
        [PageController],
        dependencies={
            "page_files": Provide(lambda: files, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
        },
        exception_handlers=HANDLERS,
    )
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]  # both follow ASGI, in types of their own
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


@pytest.mark.parametrize("address", ["/", "/assets/abc123", "/operations", "/sign-in", "/embed/abc123"])
async def test_every_address_that_people_see_is_a_document_with_a_policy(http: httpx.AsyncClient, address: str) -> None:
    answer = await http.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "https://store.example" in policy
    # The player alone may be shown inside other pages.
    assert policy.endswith("frame-ancestors *" if address.startswith("/embed") else "frame-ancestors 'none'")


async def test_what_a_document_loads_is_there_compressed_and_checked_by_its_tag(http: httpx.AsyncClient) -> None:
    document = (await http.get("/")).text
    script = document.partition('src="')[2].partition('"')[0]
    first = await http.get(script)
    assert first.headers["content-type"] == "text/javascript; charset=utf-8"
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["x-content-type-options"] == "nosniff"
    plain = await http.get(script, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == first.content
    again = await http.get(script, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["missing.js", "../pages.py", "%2e%2e/pages.py", "/etc/passwd"])
async def test_nothing_else_is_sent(http: httpx.AsyncClient, name: str) -> None:
    answer = await http.get(f"/static/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
