"""Users, sessions, limits, repeated requests and the audit log, as two gateways behind one database do them."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import asyncpg
import httpx
import pytest
from argon2.low_level import Type, hash_secret_raw
from nats.aio.client import Client

from services.gateway.api import api
from services.gateway.database import Database
from services.gateway.passwords import Passwords
from services.gateway.refusals import Refused
from services.gateway.sessions import Sessions
from services.gateway.sweep import sweep
from services.gateway.upload_session import Session
from services.gateway.uploads import Uploads
from services.gateway.users import Users
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.asking import bearer, client_of, key_of

PASSWORD = "correct horse battery staple"
ORIGIN = {"Origin": "http://gateway"}


class Two(NamedTuple):
    """Clients, without credentials, of two gateways behind one database."""

    one: httpx.AsyncClient
    other: httpx.AsyncClient


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    # One address on the network logs in for all tests.
    await connection.execute("TRUNCATE rate_limits")
    yield connection
    await connection.close()


@pytest.fixture
async def two(settings: Settings, store: Store, nc: Client, database: asyncpg.Connection) -> AsyncIterator[Two]:
    own = settings.model_copy(
        update={"rate_limit_burst": 20, "rate_limit_per_s": 0.001, "cors_origins": "https://app.example"}
    )
    url = settings.database_url.get_secret_value()
    async with (
        asyncpg.create_pool(url, min_size=0) as first,
        asyncpg.create_pool(url, min_size=0) as second,
        client_of(api(own, first, store, nc), None) as one,
        client_of(api(own, second, store, nc), None) as other,
    ):
        yield Two(one, other)


@pytest.fixture
def tenant() -> str:
    return f"t-{secrets.token_hex(6)}"


@pytest.fixture
async def admin(database: asyncpg.Connection, tenant: str) -> dict[str, str]:
    """Return the headers of an administrator of a new tenant."""
    return bearer(await key_of(database, tenant, "admin"))


class User(NamedTuple):
    """A user who can log in."""

    user_id: str
    email: str


@pytest.fixture
async def editor(two: Two, admin: dict[str, str]) -> User:
    asked = {"email": f"{secrets.token_hex(6)}@Example.com", "password": PASSWORD, "role": "editor"}
    answer = await two.one.post("/v1/users", json=asked, headers=admin)
    assert answer.status_code == 201, answer.text
    return User(answer.json()["user_id"], asked["email"])


async def logged_in(http: httpx.AsyncClient, user: User, **more: object) -> httpx.Response:
    headers = ORIGIN if more.get("cookie") else {}
    return await http.post(
        "/v1/sessions", json={"email": user.email.lower(), "password": PASSWORD, **more}, headers=headers
    )


async def said(answering: Any) -> tuple[int, str | None]:
    answer: httpx.Response = await answering
    return answer.status_code, answer.json().get("code") if answer.content else None


async def test_a_key_made_by_one_gateway_works_and_ends_at_the_other(two: Two, admin: dict[str, str]) -> None:
    made = (await two.one.post("/v1/keys", json={"label": "new", "scopes": ["read"]}, headers=admin)).json()
    assert await said(two.other.get("/v1/assets", headers=bearer(made["key"]))) == (200, None)
    listed = await two.other.get("/v1/keys", headers=admin)
    assert made["key_id"] in listed.text
    assert made["key"].rpartition("_")[2] not in listed.text
    assert await said(two.other.delete(f"/v1/keys/{made['key_id']}", headers=admin)) == (204, None)
    assert await said(two.one.get("/v1/assets", headers=bearer(made["key"]))) == (401, "credentials_invalid")
    assert await said(two.one.delete(f"/v1/keys/{made['key_id']}", headers=admin)) == (404, "key_missing")


async def test_an_operators_key_does_no_more_than_its_scopes_say(two: Two, admin_key: str) -> None:
    asked = {"label": "new", "scopes": ["read", "write"], "every_tenant": True}
    made = (await two.one.post("/v1/keys", json=asked, headers=bearer(admin_key))).json()
    tenant = f"t-{secrets.token_hex(6)}"
    refused = two.one.post("/v1/tenants", json={"tenant": tenant}, headers=bearer(made["key"]))
    assert await said(refused) == (403, "scope_missing")
    allowed = two.one.post("/v1/tenants", json={"tenant": tenant}, headers=bearer(admin_key))
    assert await said(allowed) == (201, None)


async def test_only_an_operator_makes_operators_and_tenants(two: Two, admin: dict[str, str], admin_key: str) -> None:
    asked = {"label": "new", "scopes": ["admin"], "every_tenant": True}
    assert await said(two.one.post("/v1/keys", json=asked, headers=admin)) == (403, "operator_only")
    made = await two.one.post("/v1/keys", json=asked, headers=bearer(admin_key))
    assert made.json()["tenant"] == "*"
    tenant = f"t-{secrets.token_hex(6)}"
    assert await said(two.one.post("/v1/tenants", json={"tenant": tenant}, headers=admin)) == (403, "operator_only")
    new = bearer(made.json()["key"])
    assert await said(two.other.post("/v1/tenants", json={"tenant": tenant}, headers=new)) == (201, None)
    assert await said(two.one.post("/v1/tenants", json={"tenant": tenant}, headers=new)) == (409, "tenant_exists")
    assert await said(two.one.delete(f"/v1/keys/{made.json()['key_id']}", headers=admin)) == (404, "key_missing")


async def test_only_an_operator_says_what_a_tenant_may_use(two: Two, admin: dict[str, str], admin_key: str) -> None:
    tenant, operator = f"t-{secrets.token_hex(6)}", bearer(admin_key)
    made = (await two.one.post("/v1/tenants", json={"tenant": tenant}, headers=operator)).json()
    assert (made["share"], made["most_tasks"]) == (1, None)

    async def changed(**change: int) -> tuple[int, int | None]:
        answer = await two.other.patch(f"/v1/tenants/{tenant}", json=change, headers=operator)
        assert answer.status_code == 200, answer.text
        return answer.json()["share"], answer.json()["most_tasks"]

    assert await changed(share=3) == (3, None)
    assert await changed(most_tasks=4) == (3, 4)
    assert await changed() == (3, 4)
    assert await changed(most_tasks=0) == (3, None)
    own = two.one.patch(f"/v1/tenants/{tenant}", json={"share": 9}, headers=admin)
    assert await said(own) == (403, "operator_only")
    for path in ("/v1/tenants/nobody", "/v1/tenants/%00"):
        assert await said(two.one.patch(path, json={"share": 2}, headers=operator)) == (404, "tenant_missing")
    for wrong in ({"share": 0}, {"most_tasks": -1}, {"weight": 1}):
        answer = two.one.patch(f"/v1/tenants/{tenant}", json=wrong, headers=operator)
        assert await said(answer) == (400, "request_invalid")


async def test_a_key_needs_a_tenant_that_is_there(two: Two, admin_key: str) -> None:
    headers = bearer(admin_key) | {"Headrace-Tenant": "nobody"}
    asked = {"label": "new", "scopes": ["read"]}
    assert await said(two.one.post("/v1/keys", json=asked, headers=headers)) == (404, "tenant_missing")


async def test_a_role_opens_what_its_scopes_open(two: Two, editor: User, tenant: str) -> None:
    session = (await logged_in(two.one, editor)).json()
    headers = bearer(session["access_token"])
    identity = (await two.other.get("/v1/sessions/current", headers=headers)).json()
    assert identity == {
        "subject": editor.user_id,
        "tenant": tenant,
        "scopes": ["playback:sign", "read", "write"],
        "operator": False,
    }
    assert await said(two.other.get("/v1/assets", headers=headers)) == (200, None)
    assert await said(two.other.get("/v1/users", headers=headers)) == (403, "scope_missing")


async def test_passwords_are_kept_as_argon2id_hashes(two: Two, editor: User, database: asyncpg.Connection) -> None:
    kept = await database.fetchval("SELECT password_hash FROM users WHERE user_id = $1", editor.user_id)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_an_unknown_user_and_a_wrong_password_are_answered_alike(two: Two, editor: User) -> None:
    wrong = await two.one.post("/v1/sessions", json={"email": editor.email, "password": "wrong"})
    unknown = await two.one.post("/v1/sessions", json={"email": f"x{editor.email}", "password": PASSWORD})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "login_refused")
    assert unknown.json() == wrong.json()


async def test_guessing_a_password_is_slowed_down_at_all_gateways(two: Two, editor: User) -> None:
    answers = [
        await http.post("/v1/sessions", json={"email": editor.email, "password": "wrong"})
        for http in (two.one, two.other, two.one, two.other, two.one)
    ]
    assert {answer.status_code for answer in answers} == {401}
    # The right password does not help any more, which a guesser would learn from.
    last = await logged_in(two.other, editor)
    assert (last.status_code, last.json()["code"]) == (429, "rate_limited")
    assert int(last.headers["retry-after"]) > 1


async def test_a_refresh_token_works_once_and_its_reuse_ends_the_session(
    two: Two, editor: User, admin: dict[str, str]
) -> None:
    first = (await logged_in(two.one, editor)).json()
    second = (await two.other.post("/v1/sessions/refresh", json={"refresh_token": first["refresh_token"]})).json()
    assert await said(two.one.get("/v1/assets", headers=bearer(second["access_token"]))) == (200, None)
    assert await said(two.one.get("/v1/assets", headers=bearer(first["access_token"]))) == (401, "credentials_invalid")
    stolen = two.one.post("/v1/sessions/refresh", json={"refresh_token": first["refresh_token"]})
    assert await said(stolen) == (401, "refresh_refused")
    assert await said(two.other.get("/v1/assets", headers=bearer(second["access_token"]))) == (
        401,
        "credentials_invalid",
    )
    ended = two.other.post("/v1/sessions/refresh", json={"refresh_token": second["refresh_token"]})
    assert await said(ended) == (401, "refresh_refused")
    acts = (await two.other.get("/v1/audit", headers=admin)).json()["entries"]
    assert [act["action"] for act in acts if act["subject"] == editor.user_id] == ["session.reused", "session.opened"]


async def test_a_refresh_token_of_one_session_exchanged_by_many_at_once_is_given_out_once(
    two: Two, editor: User
) -> None:
    session = (await logged_in(two.one, editor)).json()
    asked = {"refresh_token": session["refresh_token"]}
    answers = await asyncio.gather(*(http.post("/v1/sessions/refresh", json=asked) for http in (*two, *two)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]


async def test_a_refresh_token_opens_nothing_else(two: Two, editor: User) -> None:
    session = (await logged_in(two.one, editor)).json()
    headers = bearer(session["refresh_token"])
    assert await said(two.one.get("/v1/assets", headers=headers)) == (401, "credentials_invalid")


async def test_a_page_gets_a_cookie_that_scripts_cannot_read(two: Two, editor: User) -> None:
    answer = await logged_in(two.one, editor, cookie=True)
    attributes = answer.headers["set-cookie"].lower()
    assert "httponly" in attributes
    assert "samesite=lax" in attributes
    assert "secure" not in attributes
    assert "access_token" not in answer.json()
    two.other.cookies = answer.cookies
    assert await said(two.other.get("/v1/assets")) == (200, None)


async def test_a_cookie_changes_nothing_for_pages_of_other_origins(two: Two, editor: User) -> None:
    two.one.cookies = (await logged_in(two.one, editor, cookie=True)).cookies
    asked = {"name": "a", "size_bytes": 1}
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert await said(two.one.post("/v1/uploads", json=asked, headers=origin)) == (403, "origin_refused")
    for origin in (ORIGIN, {"Origin": "https://app.example"}):
        assert (await two.one.post("/v1/uploads", json=asked, headers=origin)).status_code == 201
    login = {"email": editor.email, "password": PASSWORD, "cookie": True}
    refused = two.one.post("/v1/sessions", json=login, headers={"Origin": "https://evil.example"})
    assert await said(refused) == (403, "origin_refused")


async def test_who_logs_out_leaves_nothing_open(two: Two, editor: User) -> None:
    session = (await logged_in(two.one, editor)).json()
    headers = bearer(session["access_token"])
    assert await said(two.other.delete("/v1/sessions/current", headers=headers)) == (204, None)
    assert await said(two.one.get("/v1/assets", headers=headers)) == (401, "credentials_invalid")
    again = two.one.post("/v1/sessions/refresh", json={"refresh_token": session["refresh_token"]})
    assert await said(again) == (401, "refresh_refused")


async def test_another_password_ends_the_sessions(two: Two, editor: User, admin: dict[str, str]) -> None:
    session = (await logged_in(two.one, editor)).json()
    changed = {"password": "another long password"}
    assert (await two.other.patch(f"/v1/users/{editor.user_id}", json=changed, headers=admin)).status_code == 200
    headers = bearer(session["access_token"])
    assert await said(two.one.get("/v1/assets", headers=headers)) == (401, "credentials_invalid")
    assert (await logged_in(two.one, editor)).status_code == 401


@pytest.mark.parametrize("overtaken_by", ["another password", "the end of the user"])
async def test_a_login_that_is_overtaken_opens_nothing(
    two: Two, editor: User, admin: dict[str, str], settings: Settings, overtaken_by: str
) -> None:
    async with asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool:
        sessions = Sessions(Database(pool))
        account = await Users(Database(pool), Passwords()).proven(editor.email, PASSWORD)
        path, changed = f"/v1/users/{editor.user_id}", {"password": "another long password"}
        if overtaken_by == "another password":
            assert (await two.one.patch(path, json=changed, headers=admin)).status_code == 200
        else:
            assert (await two.one.delete(path, headers=admin)).status_code == 204
        for open_one in (sessions.open, sessions.open_for_page):
            with pytest.raises(Refused, match="login_refused"):
                await open_one(account)


async def test_who_knows_the_old_password_takes_another_and_ends_the_other_sessions(
    two: Two, editor: User, admin: dict[str, str]
) -> None:
    here, there = [(await logged_in(http, editor)).json()["access_token"] for http in two]
    path, asked = "/v1/sessions/current/password", {"old_password": PASSWORD, "new_password": "another long password"}
    wrong = two.one.put(path, json=asked | {"old_password": "wrong"}, headers=bearer(here))
    assert await said(wrong) == (403, "password_refused")
    short = two.one.put(path, json=asked | {"new_password": "short"}, headers=bearer(here))
    assert await said(short) == (400, "request_invalid")
    assert await said(two.one.put(path, json=asked, headers=admin)) == (404, "session_missing")
    assert await said(two.one.put(path, json=asked, headers=bearer(here))) == (204, None)
    assert await said(two.other.get("/v1/assets", headers=bearer(here))) == (200, None)
    assert await said(two.other.get("/v1/assets", headers=bearer(there))) == (401, "credentials_invalid")
    assert (await logged_in(two.other, editor)).status_code == 401
    new = {"email": editor.email, "password": "another long password"}
    assert (await two.other.post("/v1/sessions", json=new)).status_code == 201
    acts = (await two.other.get("/v1/audit", headers=admin)).json()["entries"]
    assert ("user.password_changed", editor.user_id) in [(act["action"], act["subject"]) for act in acts]


async def test_guessing_the_old_password_is_slowed_down(two: Two, editor: User) -> None:
    token = (await logged_in(two.one, editor)).json()["access_token"]
    asked = {"old_password": "wrong", "new_password": "another long password"}
    for status in [403] * 5 + [429]:
        answer = await two.other.put("/v1/sessions/current/password", json=asked, headers=bearer(token))
        assert answer.status_code == status


async def test_no_two_users_have_one_address(two: Two, editor: User, admin: dict[str, str]) -> None:
    asked = {"email": editor.email.upper(), "password": PASSWORD, "role": "viewer"}
    assert await said(two.one.post("/v1/users", json=asked, headers=admin)) == (409, "email_taken")


async def test_two_gateways_count_one_limit(two: Two, admin: dict[str, str]) -> None:
    answers = [await http.get("/v1/assets", headers=admin) for http in two for _ in range(10)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[-1].headers["ratelimit"].startswith('"requests";r=0;')
    refused = await two.one.get("/v1/assets", headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused.headers["retry-after"]) > 100
    # Each route has its own bucket.
    assert (await two.one.get("/v1/keys", headers=admin)).status_code == 200


async def test_an_address_without_good_credentials_is_slowed_down_and_leaves_good_ones_alone(
    two: Two, admin: dict[str, str]
) -> None:
    wrong = bearer(f"hr_{'0' * 16}_{'0' * 64}")
    answers = [await two.one.get("/v1/assets", headers=headers) for headers in ({}, wrong) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429] * 2
    assert answers[-1].json()["code"] == "rate_limited"
    assert (await two.one.get("/v1/assets", headers=admin)).status_code == 200
    public = [(await two.one.get("/healthz")).status_code for _ in range(21)]
    assert public == [200] * 20 + [429]


async def test_a_burst_never_gets_more_than_the_bucket_holds(two: Two, admin: dict[str, str]) -> None:
    answers = await asyncio.gather(*(http.get("/v1/assets", headers=admin) for http in two for _ in range(15)))
    assert sorted(answer.status_code for answer in answers) == [200] * 20 + [429] * 10


async def test_a_repeated_request_gets_the_first_answer_from_any_gateway(two: Two, admin: dict[str, str]) -> None:
    headers = admin | {"Idempotency-Key": '"one"'}
    asked = {"email": f"{secrets.token_hex(6)}@example.com", "password": PASSWORD, "role": "viewer"}
    first = await two.one.post("/v1/users", json=asked, headers=headers)
    again = await two.other.post("/v1/users", json=asked, headers=headers)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotency-replayed"] == "true"
    other = two.other.post("/v1/users", json={**asked, "role": "editor"}, headers=headers)
    assert await said(other) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("size_bytes", [1, 1 << 30], ids=["one PUT", "parts"])
async def test_the_urls_of_a_repeated_upload_are_signed_anew(
    two: Two, admin: dict[str, str], database: asyncpg.Connection, tenant: str, size_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    headers, asked = admin | {"Idempotency-Key": "one"}, {"name": "a", "size_bytes": size_bytes}
    first = await two.one.post("/v1/uploads", json=asked, headers=headers)
    in_two_hours = (datetime.now(UTC) + timedelta(hours=2)).replace(tzinfo=None)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: in_two_hours)
    again = await two.other.post("/v1/uploads", json=asked, headers=headers)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    urls = [[httpx.URL(url) for url in _urls(answer.json())] for answer in (first, again)]
    assert len(urls[0]) == len(urls[1]) > 0
    for old, new in zip(*urls, strict=True):
        assert old.path == new.path
        assert new.params["X-Amz-Date"] > old.params["X-Amz-Date"]
    assert again.json()["upload_id"] == first.json()["upload_id"]
    assert await database.fetchval("SELECT count(*) FROM uploads WHERE tenant = $1", tenant) == 1


def _urls(upload: dict[str, Any]) -> list[str]:
    return [upload["upload"]["url"]] if upload["upload"] else [one["url"] for one in upload["parts"]["targets"]]


async def test_a_refused_request_may_be_tried_again_under_its_key(two: Two, admin: dict[str, str]) -> None:
    headers = admin | {"Idempotency-Key": "one"}
    wrong = two.one.post("/v1/uploads", json={"name": "a/b", "size_bytes": 1}, headers=headers)
    assert (await wrong).status_code == 400
    assert (await two.one.post("/v1/uploads", json={"name": "a", "size_bytes": 1}, headers=headers)).status_code == 201


async def test_requests_with_one_key_at_once_are_done_once(
    two: Two, admin: dict[str, str], database: asyncpg.Connection, tenant: str
) -> None:
    headers = admin | {"Idempotency-Key": "one"}
    asked = {"email": f"{tenant}@example.com", "password": PASSWORD, "role": "viewer"}
    answers = await asyncio.gather(*(http.post("/v1/users", json=asked, headers=headers) for http in (*two, *two)))
    done = [answer for answer in answers if answer.status_code == 201]
    assert done
    assert {answer.json()["code"] for answer in answers if answer not in done} <= {"idempotency_in_progress"}
    assert await database.fetchval("SELECT count(*) FROM users WHERE tenant = $1", tenant) == 1


async def test_a_secret_is_not_kept_for_repetitions(
    two: Two, admin: dict[str, str], database: asyncpg.Connection, tenant: str
) -> None:
    headers = admin | {"Idempotency-Key": "one"}
    asked = {"label": "new", "scopes": ["read"]}
    assert (await two.one.post("/v1/keys", json=asked, headers=headers)).status_code == 201
    again = two.other.post("/v1/keys", json=asked, headers=headers)
    assert await said(again) == (409, "idempotency_secret_shown")
    assert await database.fetchval("SELECT body FROM idempotency WHERE tenant = $1", tenant) is None
    assert await database.fetchval("SELECT count(*) FROM api_keys WHERE tenant = $1 AND label = 'new'", tenant) == 1


async def test_a_password_is_no_easier_to_guess_from_what_a_request_is_known_by_than_from_its_hash(
    two: Two, admin: dict[str, str], database: asyncpg.Connection, tenant: str
) -> None:
    asked = {"email": f"{tenant}@example.com", "password": PASSWORD, "role": "viewer"}
    headers = admin | {"Idempotency-Key": "one"}
    assert (await two.one.post("/v1/users", json=asked, headers=headers)).status_code == 201
    kept = await database.fetchval("SELECT request_hash FROM idempotency WHERE tenant = $1", tenant)
    sent = b"\n" + httpx.Request("POST", "http://gateway", json=asked).content
    salt = hashlib.sha256(f"{tenant}\nPOST /v1/users\none".encode()).digest()
    # Source: RFC 9106 §4, the second recommended option.
    assert kept == hash_secret_raw(sent, salt, 3, 1 << 16, 4, 32, Type.ID)
    other = two.other.post("/v1/users", json=asked | {"password": "another long password"}, headers=headers)
    assert await said(other) == (422, "idempotency_key_reused")


async def test_a_request_whose_gateway_died_is_taken_over(
    two: Two, admin: dict[str, str], database: asyncpg.Connection, tenant: str
) -> None:
    headers, asked = admin | {"Idempotency-Key": "one"}, {"name": "a", "size_bytes": 1}
    await two.one.post("/v1/uploads", json=asked, headers=headers)
    await database.execute("UPDATE idempotency SET status = NULL, body = NULL WHERE tenant = $1", tenant)
    at_work = two.one.post("/v1/uploads", json=asked, headers=headers)
    assert await said(at_work) == (409, "idempotency_in_progress")
    await database.execute("UPDATE idempotency SET started_at = now() - interval '2 minutes' WHERE tenant = $1", tenant)
    assert (await two.one.post("/v1/uploads", json=asked, headers=headers)).status_code == 201


@pytest.mark.parametrize("name", ["a", "a/b"], ids=["done", "refused"])
async def test_whoever_was_taken_over_leaves_the_key_to_the_other(
    two: Two, admin: dict[str, str], database: asyncpg.Connection, tenant: str, monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:  # fmt: skip
    began = Uploads.open

    async def taken_over(self: Uploads, *asked: Any) -> Session:
        await database.execute(
            "UPDATE idempotency SET started_at = started_at + interval '1 minute' WHERE tenant = $1", tenant
        )
        return await began(self, *asked)

    monkeypatch.setattr(Uploads, "open", taken_over)
    asked = {"name": name, "size_bytes": 1}
    await two.one.post("/v1/uploads", json=asked, headers=admin | {"Idempotency-Key": "one"})
    rows = await database.fetch("SELECT status FROM idempotency WHERE tenant = $1", tenant)
    assert [row["status"] for row in rows] == [None]


async def test_acts_are_audited_for_the_tenants_administrators(two: Two, admin: dict[str, str], editor: User) -> None:
    await two.one.post("/v1/sessions", json={"email": editor.email, "password": "wrong"})
    made = (await two.one.post("/v1/keys", json={"label": "new", "scopes": ["read"]}, headers=admin)).json()
    await two.one.delete(f"/v1/keys/{made['key_id']}", headers=admin)
    newest = (await two.other.get("/v1/audit", headers=admin, params={"limit": 3})).json()["entries"]
    assert [(act["action"], act["target"]) for act in newest] == [
        ("key.revoked", made["key_id"]),
        ("key.created", made["key_id"]),
        ("login.refused", editor.user_id),
    ]
    older = await two.other.get("/v1/audit", headers=admin, params={"before": newest[-1]["audit_id"]})
    assert [act["action"] for act in older.json()["entries"]] == ["user.created"]


async def test_unknown_fields_and_large_bodies_are_refused(two: Two, admin: dict[str, str]) -> None:
    unknown = await two.one.post("/v1/keys", json={"label": "a", "scopes": ["read"], "scope": 1}, headers=admin)
    assert unknown.status_code == 400
    assert unknown.json()["errors"] == [{"field": "scope", "detail": "There is no such field here; leave it out."}]
    large = await two.one.post("/v1/keys", json={"label": "a" * 70_000, "scopes": ["read"]}, headers=admin)
    assert (large.status_code, large.json()["code"]) == (413, "request_entity_too_large")


async def test_a_line_feed_at_the_end_is_no_part_of_a_name(two: Two, admin: dict[str, str], admin_key: str) -> None:
    user = {"email": "a@example.com\n", "password": PASSWORD, "role": "viewer"}
    for path, asked, headers in [
        ("/v1/tenants", {"tenant": "acme\n"}, bearer(admin_key)),
        ("/v1/keys", {"label": "new\n", "scopes": ["read"]}, admin),
        ("/v1/users", user, admin),
    ]:
        assert await said(two.one.post(path, json=asked, headers=headers)) == (400, "request_invalid")


async def test_pages_of_allowed_origins_may_ask(two: Two, admin: dict[str, str]) -> None:
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    allowed = await two.one.options("/v1/assets", headers={"Origin": "https://app.example", **asked})
    assert allowed.headers["access-control-allow-origin"] == "https://app.example"
    other = await two.one.options("/v1/assets", headers={"Origin": "https://evil.example", **asked})
    assert "access-control-allow-origin" not in other.headers


async def test_what_has_had_its_time_is_swept_away(
    two: Two, editor: User, settings: Settings, database: asyncpg.Connection, admin: dict[str, str], tenant: str
) -> None:
    session = (await logged_in(two.one, editor)).json()
    await two.one.post("/v1/uploads", json={"name": "a", "size_bytes": 1}, headers=admin | {"Idempotency-Key": "one"})
    await database.execute("UPDATE sessions SET expires_at = now() - interval '2 days' WHERE user_id = $1", editor[0])
    await database.execute("UPDATE idempotency SET started_at = now() - interval '2 days' WHERE tenant = $1", tenant)
    async with asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool:
        await sweep(Database(pool))
    token_id = session["access_token"].rpartition("_")[0]
    assert not await database.fetchval("SELECT count(*) FROM session_tokens WHERE token_id = $1", token_id)
    assert not await database.fetchval("SELECT count(*) FROM idempotency WHERE tenant = $1", tenant)
    assert (await two.one.get("/v1/keys", headers=admin)).status_code == 200
