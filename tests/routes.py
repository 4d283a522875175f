"""How tests ask every route of the gateway on behalf of a tenant, and what another tenant must then see.

A route that is not here fails ``test_every_route_keeps_tenants_apart``: say how it is called.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import asyncpg
import httpx
import msgspec

from services.catalog import tables
from services.catalog.log import Entry
from tests import stories

Seen = Literal["nothing", "own", "gone", "refusal", "public"]


class Way(NamedTuple):
    """How to call a route.

    ``seen`` is what another tenant sees: ``nothing`` (404 or 403), as the path or the body names what is not theirs;
    ``own``, an answer that tells of their own things only; ``refusal`` (403), as only the operator may; ``gone`` (404),
    as they have none themselves; ``public``, what needs no key and tells of no tenant. In ``body``, texts such as
    ``{asset_id}`` stand for ids of the one tenant. ``owner_gets`` is the status of what is not done yet.
    """

    seen: Seen
    body: Any = None
    owner_gets: int = 200


_PASSWORD = "correct horse battery staple"

WAYS: dict[tuple[str, str], Way] = {
    ("GET", "/healthz"): Way("public"),
    ("GET", "/v1/assets"): Way("own"),
    ("GET", "/v1/assets/{asset_id}"): Way("nothing"),
    ("PATCH", "/v1/assets/{asset_id}"): Way("nothing", {"title": "new"}),
    ("DELETE", "/v1/assets/{asset_id}"): Way("nothing"),
    ("POST", "/v1/assets/{asset_id}/restore"): Way("nothing"),
    ("POST", "/v1/assets/{asset_id}/retry"): Way("nothing", {}),
    ("GET", "/v1/assets/{asset_id}/original"): Way("nothing"),
    ("POST", "/v1/assets/{asset_id}/downloads"): Way("nothing", {"rung": "720p"}, owner_gets=409),
    ("GET", "/v1/assets/{asset_id}/downloads/{rung}"): Way("nothing", owner_gets=409),
    ("POST", "/v1/assets/{asset_id}/poster"): Way("nothing", {"at_s": 1.0}, owner_gets=409),
    ("POST", "/v1/assets/{asset_id}/poster/uploads"): Way(
        "nothing", {"size_bytes": 1, "content_type": "image/png"}, owner_gets=409
    ),
    ("GET", "/v1/assets/{asset_id}/captions"): Way("nothing"),
    ("POST", "/v1/assets/{asset_id}/captions"): Way(
        "nothing", {"text": "WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n"}, owner_gets=201
    ),
    ("GET", "/v1/assets/{asset_id}/captions/{track}"): Way("nothing", owner_gets=404),
    ("PATCH", "/v1/assets/{asset_id}/captions/{track}"): Way("nothing", {"name": "new"}, owner_gets=404),
    ("DELETE", "/v1/assets/{asset_id}/captions/{track}"): Way("nothing", owner_gets=404),
    ("GET", "/v1/assets/{asset_id}/versions"): Way("nothing"),
    ("POST", "/v1/assets/{asset_id}/versions/{recipe}/activate"): Way("nothing", owner_gets=404),
    # It repeats the ids that it is given; what it does to those of others is tested with the route itself.
    ("POST", "/v1/assets/batch"): Way("own", {"action": "delete", "asset_ids": ["nobodys"]}),
    ("POST", "/v1/assets"): Way("own", {"input": "https://films.example/clip.mp4"}),
    ("POST", "/v1/uploads"): Way("own", {"name": "clip.mp4", "size_bytes": 1}),
    ("GET", "/v1/uploads/{upload_id}"): Way("nothing"),
    ("GET", "/v1/uploads/{upload_id}/parts"): Way("nothing"),
    ("POST", "/v1/uploads/{upload_id}/complete"): Way("nothing", owner_gets=409),
    ("DELETE", "/v1/uploads/{upload_id}"): Way("nothing"),
    ("GET", "/v1/keys"): Way("own"),
    ("POST", "/v1/keys"): Way("own", {"label": "new", "scopes": ["read"]}),
    ("DELETE", "/v1/keys/{key_id}"): Way("nothing"),
    ("GET", "/v1/tenants"): Way("refusal"),
    ("POST", "/v1/tenants"): Way("refusal", {"tenant": "new"}),
    ("PATCH", "/v1/tenants/{tenant}"): Way("refusal", {"share": 2}),
    ("GET", "/v1/users"): Way("own"),
    ("POST", "/v1/users"): Way("own", {"email": "new-{nonce}@example.com", "password": _PASSWORD, "role": "viewer"}),
    ("PATCH", "/v1/users/{user_id}"): Way("nothing", {"role": "editor"}),
    ("DELETE", "/v1/users/{user_id}"): Way("nothing"),
    ("POST", "/v1/sessions"): Way("public", {"email": "nobody@example.com", "password": "nothing"}),
    ("POST", "/v1/sessions/refresh"): Way("public", {"refresh_token": "nothing"}),
    ("GET", "/v1/sessions/current"): Way("own"),
    ("DELETE", "/v1/sessions/current"): Way("gone"),
    ("PUT", "/v1/sessions/current/password"): Way("gone", {"old_password": _PASSWORD, "new_password": _PASSWORD}),
    ("GET", "/v1/audit"): Way("own"),
    ("GET", "/v1/events"): Way("own"),
    ("GET", "/v1/assets/{asset_id}/events"): Way("nothing"),
    ("GET", "/v1/playback/{playback_id}"): Way("public"),
    ("GET", "/v1/playback/{token}/{asset_id}/{relative}"): Way("public"),
    ("POST", "/v1/playback/tokens"): Way("nothing", {"asset_id": "{asset_id}"}),
    ("GET", "/v1/signing-keys"): Way("own"),
    ("POST", "/v1/signing-keys"): Way("own", {"label": "new"}),
    ("DELETE", "/v1/signing-keys/{signing_key_id}"): Way("nothing"),
    ("GET", "/v1/operations/status"): Way("refusal"),
    ("GET", "/v1/operations/dead"): Way("refusal"),
    ("GET", "/v1/operations/dead/{letter_id}"): Way("refusal"),
    ("POST", "/v1/operations/dead/replay"): Way("refusal", {"every": True}),
    ("POST", "/v1/operations/dead/drop"): Way("refusal", {"every": True}),
    ("POST", "/v1/operations/pause"): Way("refusal", {"service": "probe"}),
    ("POST", "/v1/operations/resume"): Way("refusal", {"service": "probe"}),
    ("POST", "/v1/operations/drain"): Way("refusal", {"service": "probe"}),
    ("GET", "/v1/webhooks"): Way("own"),
    ("POST", "/v1/webhooks"): Way("own", {"url": "https://new.example/"}),
    ("GET", "/v1/webhooks/{endpoint_id}"): Way("nothing"),
    ("PATCH", "/v1/webhooks/{endpoint_id}"): Way("nothing", {"events": ["asset.ready"]}),
    ("DELETE", "/v1/webhooks/{endpoint_id}"): Way("nothing"),
    ("POST", "/v1/webhooks/{endpoint_id}/secret"): Way("nothing", {}),
    ("POST", "/v1/webhooks/{endpoint_id}/redeliveries"): Way("nothing", {"from_sequence": 1}),
    ("GET", "/v1/webhooks/{endpoint_id}/deliveries"): Way("nothing"),
    ("GET", "/v1/webhooks/{endpoint_id}/deliveries/{sequence}"): Way("nothing"),
}


async def things_of(http: httpx.AsyncClient, database: asyncpg.Connection, tenant: str, mark: str) -> dict[str, str]:
    """Make one thing of every kind for the tenant whose client this is; return their ids by path parameter.

    ``mark`` is in everything that can be named.
    """
    fact = msgspec.structs.replace(stories.ingested(mark, f"{mark}.mp4"), tenant=tenant, playback_policy="signed")
    after = await tables.checkpoint(database)
    await tables.apply(database, after, [Entry(after + 1, stories.NOON, fact)])
    key = await http.post("/v1/keys", json={"label": mark, "scopes": ["read"]})
    user = await http.post("/v1/users", json={"email": f"{mark}@example.com", "password": _PASSWORD, "role": "viewer"})
    # Large, so that it has parts.
    upload = await http.post("/v1/uploads", json={"name": f"{mark}.mp4", "size_bytes": 1 << 30})
    signing_key = await http.post("/v1/signing-keys", json={"label": mark})
    webhook = await http.post("/v1/webhooks", json={"url": f"https://{mark}.example/", "label": mark})
    return {
        "asset_id": mark,
        "upload_id": upload.json()["upload_id"],
        "key_id": key.json()["key_id"],
        "user_id": user.json()["user_id"],
        "signing_key_id": signing_key.json()["key"]["key_id"],
        "endpoint_id": webhook.json()["webhook"]["endpoint_id"],
        "sequence": "1",
        "letter_id": "1",
    }


def filled(template: Any, values: Mapping[str, str]) -> Any:
    """Return a body with ids in the places of their names."""
    if isinstance(template, str):
        for name, value in values.items():
            template = template.replace(f"{{{name}}}", value)
        return template
    if isinstance(template, list):
        return [filled(item, values) for item in template]
    if isinstance(template, dict):
        return {name: filled(value, values) for name, value in template.items()}
    return template
