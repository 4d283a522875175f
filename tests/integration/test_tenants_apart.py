"""One tenant cannot see, change or guess anything of another: every route of the application is tried."""

import secrets
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import asyncpg
import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from nats.aio.client import Client

from services.catalog import tables
from services.gateway.api import api
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.asking import client_of, key_of
from tests.routes import WAYS, filled, things_of


class Tried(NamedTuple):
    """One method of one route."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@pytest.fixture
async def application(settings: Settings, store: Store, nc: Client) -> AsyncIterator[Litestar]:
    own = settings.model_copy(update={"cors_origins": "https://app.example"})
    async with asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool:
        application = api(own, pool, store, nc)
        # Streams of events end at once.
        application.state.feed.close()
        yield application


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await tables.start_over(connection)
    yield connection
    await connection.close()


def routes_of(application: Litestar) -> list[Tried]:
    """Return every method of every route but the OpenAPI document's, deletions last."""
    found = [
        Tried(method, route.path_format)
        for route in application.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS" and handler.resolve_include_in_schema()
    ]
    return sorted(found, key=lambda tried: (tried.method == "DELETE", tried))


def bodies_of(application: Litestar) -> Iterator[type]:
    for route in application.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.parsed_data_field is not None:
                    yield handler.parsed_data_field.annotation


async def ask(http: httpx.AsyncClient, tried: Tried, ids: dict[str, str]) -> httpx.Response:
    way = WAYS[tried]
    body = filled(way.body, ids | {"nonce": secrets.token_hex(4)})
    return await http.request(tried.method, filled(tried.path, ids), json=body)


def test_every_route_says_how_it_is_called(application: Litestar) -> None:
    unknown = [str(tried) for tried in routes_of(application) if tried not in WAYS]
    assert unknown == [], "say in tests/routes.py how these are called"


async def test_every_route_keeps_tenants_apart(application: Litestar, database: asyncpg.Connection) -> None:
    mark = f"mark{secrets.token_hex(6)}"
    owner, stranger = f"owner-{mark}", f"stranger-{secrets.token_hex(6)}"
    owners, strangers = await key_of(database, owner, "admin"), await key_of(database, stranger, "admin")
    async with client_of(application, owners) as their, client_of(application, strangers) as other:
        ids = await things_of(their, database, owner, mark)
        for tried in routes_of(application):
            way = WAYS[tried]
            seen = await ask(other, tried, ids)
            assert mark not in seen.text, f"{tried} tells of another tenant"
            if way.seen == "nothing":
                assert seen.status_code in {403, 404}, f"{tried}: {seen.text}"
                own = await ask(their, tried, ids)
                may = own.status_code < 400 or own.status_code == way.owner_gets
                assert may, f"{tried} refuses its owner, so it proves nothing: {own.text}"
            elif way.seen == "refusal":
                assert seen.status_code == 403, f"{tried}: {seen.text}"
            elif way.seen == "gone":
                assert seen.status_code == 404, f"{tried}: {seen.text}"
            elif way.seen == "own":
                assert seen.status_code not in {401, 403, 404, 500}, f"{tried}: {seen.text}"


async def test_every_route_that_is_not_public_needs_a_key(application: Litestar) -> None:
    ids = {"nonce": "a", "sequence": "1", "letter_id": "1"}
    async with client_of(application, None) as nobody:
        for tried in routes_of(application):
            answer = await ask(nobody, tried, ids)
            if WAYS[tried].seen == "public":
                assert answer.json().get("code") != "credentials_missing", tried
            else:
                assert (answer.status_code, answer.json()["code"]) == (401, "credentials_missing"), tried


def test_every_route_says_who_may(application: Litestar) -> None:
    for route in application.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.http_methods == {"OPTIONS"}:
                    continue
                # The first guard is the application's own, which finds out who asks.
                is_guarded = len(handler.resolve_guards()) > 1
                is_public = bool(handler.opt.get("public"))
                assert is_guarded != is_public, f"{route.path_format} needs a guard, or to be PUBLIC"


def test_every_body_refuses_what_it_does_not_know(application: Litestar) -> None:
    bodies = list(bodies_of(application))
    assert bodies
    for body in bodies:
        assert issubclass(body, msgspec.Struct)
        assert body.__struct_config__.forbid_unknown_fields, body
