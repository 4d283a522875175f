"""A file that a user names by its URL, from the request to playback, with every service at work."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from nats.aio.client import Client

from contracts.v1 import AssetReady
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.asking import bearer, in_state
from tests.media import make_clip
from tests.watch import PATIENCE_S, outcome

pytestmark = pytest.mark.usefixtures("services")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
async def http(settings: Settings, admin_key: str) -> AsyncIterator[httpx.AsyncClient]:
    base = f"http://{settings.gateway_host}:{settings.gateway_port}"
    async with httpx.AsyncClient(
        base_url=base, headers=bearer(admin_key), timeout=PATIENCE_S, trust_env=False
    ) as client:
        yield client


@pytest.fixture
def films_url(tmp_path: Path) -> Iterator[str]:
    """Return where the files of a folder are served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path))) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_a_file_behind_a_url_becomes_an_asset_that_plays(
    http: httpx.AsyncClient, films_url: str, nc: Client, store: Store, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "film.mp4", width=320, height=180, frames=75, beeps_s=[1.0])
    asked = {"input": f"{films_url}/film.mp4", "title": "Imported", "tags": ["far"]}
    answer = await http.post("/v1/assets", json=asked)
    assert answer.status_code == 202, answer.text
    asset_id = answer.json()["asset_id"]
    assert isinstance(await outcome(nc, asset_id), AssetReady)
    asset = await in_state(http, asset_id, "ready")
    original = (await http.get(f"/v1/assets/{asset_id}/original")).json()
    assert (asset["name"], asset["title"], asset["tags"]) == ("film.mp4", "Imported", ["far"])
    async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as reader:
        assert (await reader.get(original["url"])).content == clip.read_bytes()
        assert (await reader.get(asset["playback"]["hls"])).text.startswith("#EXTM3U")


async def test_a_url_that_leads_nowhere_is_a_failed_asset_with_the_reason(
    http: httpx.AsyncClient, films_url: str, nc: Client
) -> None:
    asset_id = (await http.post("/v1/assets", json={"input": f"{films_url}/nothing.mp4"})).json()["asset_id"]
    failed = await outcome(nc, asset_id)
    assert getattr(failed, "code", None) == "input_unreachable"
