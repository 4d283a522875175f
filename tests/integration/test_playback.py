"""Signed playback over the real store and database: who holds a good token plays, and nobody else."""

import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from msgspec.structs import replace

from contracts.keys import chosen_poster_key, multivariant_key, recipe_for, segment_key
from contracts.v1 import AnyFact, PosterChosen, PosterMade, VersionChosen
from services.catalog import tables
from services.catalog.log import Entry
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests import stories
from tests.asking import bearer, key_of
from tests.serving import serving

RECIPE = recipe_for("signed", stories.RECIPE)
MINE, THEIRS, OPEN = "mine", "theirs", "open"
PLAYLIST = b"#EXTM3U\nvideo/720p/00000.m4s\n"
SEGMENT = bytes(range(200))


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await tables.start_over(connection)
    facts: list[AnyFact] = []
    for tenant, asset_id in (("acme", MINE), ("other", THEIRS)):
        facts.append(replace(stories.ingested(asset_id), tenant=tenant, playback_policy="signed"))
        facts.append(replace(stories.playable(asset_id), hls_key=multivariant_key(asset_id, RECIPE)))
    facts.append(replace(stories.ingested(OPEN), tenant="acme"))
    entries = [Entry(number, datetime.now(UTC), fact) for number, fact in enumerate(facts, start=1)]
    await tables.apply(connection, 0, entries)
    yield connection
    await connection.close()


@pytest.fixture
async def gateway(settings: Settings, database: asyncpg.Connection, store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client with a key of the tenant acme; its asset and the other's lie in the store."""
    for asset_id in (MINE, THEIRS):
        await store.put(multivariant_key(asset_id, RECIPE), PLAYLIST, content_type="application/vnd.apple.mpegurl")
        await store.put(segment_key(asset_id, RECIPE, "video/720p", 0), SEGMENT, content_type="video/mp4")
    async with serving(settings, await key_of(database, "acme", "admin")) as client:
        yield client


async def new_key(gateway: httpx.AsyncClient) -> tuple[str, str]:
    answer = await gateway.post("/v1/signing-keys", json={"label": "web"})
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]["key_id"], answer.json()["secret"]


def sign(key_id: str, secret: str, asset_id: str, expires: int) -> str:
    """Sign as the documentation says, without the gateway's code."""
    signature = hmac.new(secret.encode("ascii"), f"{key_id}.{expires}.{asset_id}".encode("ascii"), hashlib.sha256)
    return f"{key_id}.{expires}.{base64.urlsafe_b64encode(signature.digest()).decode().rstrip('=')}"


def soon() -> int:
    return int(time.time()) + 600


async def played(gateway: httpx.AsyncClient, token: str, asset_id: str = MINE, name: str = "index.m3u8") -> Any:
    return await gateway.get(f"/v1/playback/{token}/{asset_id}/{RECIPE}/{name}", headers={"Authorization": ""})


async def test_a_token_opens_playlists_and_leads_to_segments(gateway: httpx.AsyncClient, settings: Settings) -> None:
    await new_key(gateway)
    answer = (await gateway.post("/v1/playback/tokens", json={"asset_id": MINE, "expires_in_s": 100})).json()
    assert answer["playback"]["policy"] == "signed"
    playlist = await gateway.get(answer["playback"]["hls"], headers={"Authorization": ""})
    assert (playlist.content, playlist.headers["cache-control"]) == (PLAYLIST, "no-cache")
    assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
    segment = await gateway.get(str(playlist.url.join("video/720p/00000.m4s")), headers={"Authorization": ""})
    assert (segment.status_code, segment.content) == (302, b"")
    max_age_s = int(segment.headers["cache-control"].partition("max-age=")[2])
    lent = httpx.URL(segment.headers["location"])
    assert str(lent).startswith(settings.public_url)
    assert max_age_s < int(lent.params["X-Amz-Expires"]) <= 100
    async with httpx.AsyncClient(trust_env=False) as player:
        part = await player.get(lent, headers={"Range": "bytes=10-19", "Origin": "null"})
        assert (part.status_code, part.content) == (206, SEGMENT[10:20])
        assert part.headers["access-control-allow-origin"] in {"*", "null"}


async def test_tokens_follow_a_choice_of_version_and_open_posters_that_were_chosen(
    gateway: httpx.AsyncClient, database: asyncpg.Connection, store: Store
) -> None:
    other, poster_key = recipe_for("signed", "222222222222"), chosen_poster_key("twice", RECIPE, "e1")
    facts: list[AnyFact] = [replace(stories.ingested("twice"), tenant="acme", playback_policy="signed")]
    for recipe in (RECIPE, other):
        facts.append(replace(stories.planned("twice"), recipe=recipe))
        facts.append(replace(stories.ready("twice"), recipe=recipe, hls_key=multivariant_key("twice", recipe)))
    poster = PosterMade(
        asset_id="twice", edit="e1", recipe=other, poster_key=poster_key, poster_width=2, poster_height=2
    )
    facts += [PosterChosen(asset_id="twice", edit="e1", recipe=other, at_s=1.0), poster]
    facts.append(VersionChosen(asset_id="twice", edit="e2", recipe=RECIPE))
    after = await tables.checkpoint(database)
    entries = [Entry(number, datetime.now(UTC), fact) for number, fact in enumerate(facts, start=after + 1)]
    await tables.apply(database, after, entries)
    await store.put(poster_key, b"a picture", content_type="image/jpeg")

    await new_key(gateway)
    playback = (await gateway.post("/v1/playback/tokens", json={"asset_id": "twice"})).json()["playback"]
    assert playback["hls"].endswith(f"/twice/{RECIPE}/index.m3u8")
    lent = await gateway.get(playback["poster"], headers={"Authorization": ""})
    async with httpx.AsyncClient(trust_env=False) as reader:
        assert (await reader.get(lent.headers["location"])).content == b"a picture"


async def test_the_store_itself_refuses_what_is_signed(
    gateway: httpx.AsyncClient, store: Store, settings: Settings
) -> None:
    public = f"assets/{OPEN}/x.m3u8"
    await store.put(public, PLAYLIST, content_type="application/vnd.apple.mpegurl")
    async with httpx.AsyncClient(base_url=f"{settings.public_url}/{store.bucket}/", trust_env=False) as anybody:
        assert (await anybody.get(public)).status_code == 200
        for key in (multivariant_key(MINE, RECIPE), segment_key(MINE, RECIPE, "video/720p", 0)):
            assert key.startswith("private/")
            assert (await anybody.get(key)).status_code == 403


async def test_tokens_can_be_signed_without_the_gateway(gateway: httpx.AsyncClient) -> None:
    key_id, secret = await new_key(gateway)
    assert (await played(gateway, sign(key_id, secret, MINE, soon()))).content == PLAYLIST


async def test_what_is_not_a_good_token_opens_nothing(gateway: httpx.AsyncClient) -> None:
    key_id, secret = await new_key(gateway)
    good = sign(key_id, secret, MINE, soon())
    stretched = good.replace(f".{good.split('.')[1]}.", f".{soon() + 5000}.")
    refused = {
        "expired": (sign(key_id, secret, MINE, int(time.time()) - 1), MINE),
        "stretched": (stretched, MINE),
        "tampered": (good[:-2] + ("AA" if good[-2:] != "AA" else "BB"), MINE),
        "of another asset": (sign(key_id, secret, "another", soon()), MINE),
        "of an unknown key": (sign("sk_0000000000000000", secret, MINE, soon()), MINE),
        "no token": ("{token}", MINE),
        "for another tenant's asset": (sign(key_id, secret, THEIRS, soon()), THEIRS),
        "for no asset": (sign(key_id, secret, "nothing", soon()), "nothing"),
    }
    for why, (token, asset_id) in refused.items():
        answer = await played(gateway, token, asset_id)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json"), why
        assert answer.json()["code"] == ("token_expired" if why == "expired" else "token_refused"), why
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_tokens_and_the_keys_that_sign_them_are_audited(gateway: httpx.AsyncClient) -> None:
    key_id, _ = await new_key(gateway)
    assert (await gateway.post("/v1/playback/tokens", json={"asset_id": OPEN})).status_code == 409
    assert (await gateway.post("/v1/playback/tokens", json={"asset_id": MINE})).status_code == 201
    await gateway.delete(f"/v1/signing-keys/{key_id}")
    acts = (await gateway.get("/v1/audit", params={"limit": 3})).json()["entries"]
    assert [(act["action"], act["target"]) for act in reversed(acts)] == [
        ("signing_key.created", key_id),
        ("playback_token.created", MINE),
        ("signing_key.revoked", key_id),
    ]


async def test_a_revoked_key_opens_nothing_from_then_on(gateway: httpx.AsyncClient) -> None:
    key_id, secret = await new_key(gateway)
    token = sign(key_id, secret, MINE, soon())
    assert (await played(gateway, token, name="video/720p/00000.m4s")).status_code == 302
    assert (await gateway.delete(f"/v1/signing-keys/{key_id}")).status_code == 204
    for name in ("index.m3u8", "video/720p/00000.m4s"):
        assert (await played(gateway, token, name=name)).json()["code"] == "token_refused"
    (listed,) = [key for key in (await gateway.get("/v1/signing-keys")).json()["keys"] if key["key_id"] == key_id]
    assert listed["revoked_at"] is not None
    assert "secret" not in listed


@pytest.mark.parametrize("name", ["missing.m3u8", "../../../uploads/x.m3u8", "%2e%2e/x.m3u8", "x//y.m3u8", ".hidden"])
async def test_a_token_opens_nothing_beside_its_asset(gateway: httpx.AsyncClient, name: str) -> None:
    token = sign(*await new_key(gateway), MINE, soon())
    assert (await played(gateway, token, name=name)).status_code == 404


async def test_a_tenant_signs_only_its_own_signed_assets(
    gateway: httpx.AsyncClient, database: asyncpg.Connection
) -> None:
    key_id, _ = await new_key(gateway)
    for asset_id, status, code in ((THEIRS, 404, "asset_missing"), (OPEN, 409, "asset_public")):
        answer = await gateway.post("/v1/playback/tokens", json={"asset_id": asset_id})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    others = bearer(await key_of(database, "other", "admin"))
    assert key_id not in (await gateway.get("/v1/signing-keys", headers=others)).text
    assert (await gateway.delete(f"/v1/signing-keys/{key_id}", headers=others)).status_code == 404
    asked = {"asset_id": THEIRS, "key_id": key_id}
    assert (await gateway.post("/v1/playback/tokens", json=asked, headers=others)).status_code == 409


async def test_signing_is_a_scope_of_its_own(gateway: httpx.AsyncClient, database: asyncpg.Connection) -> None:
    await new_key(gateway)
    signer, reader = [bearer(await key_of(database, "acme", scope)) for scope in ("playback:sign", "read")]
    asked = {"asset_id": MINE}
    assert (await gateway.post("/v1/playback/tokens", json=asked, headers=signer)).status_code == 201
    assert (await gateway.post("/v1/playback/tokens", json=asked, headers=reader)).status_code == 403
    assert (await gateway.post("/v1/signing-keys", json={}, headers=signer)).status_code == 403


async def test_pages_from_anywhere_may_ask_for_ranges(gateway: httpx.AsyncClient) -> None:
    asked = {"Origin": "https://page.example", "Access-Control-Request-Method": "GET", "Authorization": ""}
    answer = await gateway.options(f"/v1/playback/token/{MINE}/{RECIPE}/index.m3u8", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("origins", ["", "https://app.example", "*"])
async def test_pages_from_anywhere_play_whichever_may_use_the_session(
    settings: Settings, gateway: httpx.AsyncClient, database: asyncpg.Connection, origins: str
) -> None:
    key_id, secret = await new_key(gateway)
    path = f"/v1/playback/{sign(key_id, secret, MINE, soon())}/{MINE}/{RECIPE}/index.m3u8"
    page = {"Origin": "https://player.example"}
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    async with serving(settings, None, cors_origins=origins) as client:
        preflight = await client.options(path, headers=page | asked)
        assert preflight.status_code == 204
        assert preflight.headers.get_list("access-control-allow-origin") == ["*"]
        playlist = await client.get(path, headers=page)
        assert (playlist.status_code, playlist.content) == (200, PLAYLIST)
        assert playlist.headers.get_list("access-control-allow-origin") == ["*"]
        assert "access-control-allow-credentials" not in playlist.headers
        other = await client.options("/v1/playback/tokens", headers=page | asked)
        assert ("access-control-allow-origin" in other.headers) == (origins == "*")


async def test_one_address_plays_only_so_much(settings: Settings, gateway: httpx.AsyncClient) -> None:
    key_id, secret = await new_key(gateway)
    token = sign(key_id, secret, MINE, soon())
    async with serving(settings, None, playback_rate_limit_per_s=0.01) as client:
        answers = [await played(client, token) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].headers["access-control-allow-origin"] == "*"
