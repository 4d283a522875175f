"""The command line against the real servers, named by settings, with the gateway beside them."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx
import msgspec
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from contracts.codec import encode
from contracts.keys import asset_id_of
from contracts.lateness import Lateness
from contracts.v1 import AssetFailed, AssetPurged
from infra.local.ports import free_port, is_free
from infra.local.stack import Stack
from services.catalog import app as catalog
from services.gateway import app as gateway
from services.operate import app as operate
from services.reconcile.tell import Teller
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests import stories
from tests.dead import LETTER
from tests.processes import PATIENCE_S, until
from tests.projection import folded, publish, renew_tables

LARGE_BYTES = (100 << 20) + 1


class Ended(NamedTuple):
    """A command that ended."""

    status: int
    out: str
    error: str

    @property
    def document(self) -> Any:
        return msgspec.json.decode(self.out)

    @property
    def lines(self) -> list[Any]:
        return [msgspec.json.decode(line) for line in self.out.splitlines()]


Command = Callable[..., Awaitable[Ended]]


@pytest.fixture
async def environment(
    stack: Stack, clean_streams: None, js: JetStreamContext, tmp_path: Path
) -> AsyncIterator[dict[str, str]]:
    """Return the settings of a Headrace of which only catalog and gateway run; its tables are new."""
    port = free_port(set())
    own = stack.settings.model_copy(update={"gateway_port": port})
    database = await asyncpg.connect(own.database_url.get_secret_value())
    await renew_tables(database)
    await database.close()
    enough = asyncio.Event()
    # A service must be entered and left in one task, which setting up and tearing down a fixture are not.
    serving = asyncio.create_task(_serve(own, enough))
    await until(lambda: not is_free(port))
    yield {
        **{name: value for name, value in os.environ.items() if not name.startswith("HEADRACE_")},
        **stack.environment,
        "HEADRACE_GATEWAY_PORT": str(port),
        "HEADRACE_API_KEY": stack.admin_key,
        "HEADRACE_HOME": str(tmp_path / "home"),
    }
    enough.set()
    await serving


async def _serve(settings: Settings, enough: asyncio.Event) -> None:
    async with (
        gateway.build(settings).app.start_lifespan_context(),
        catalog.build(settings).app.start_lifespan_context(),
        operate.build(settings).app.start_lifespan_context(),
    ):
        await enough.wait()


async def started(environment: dict[str, str], *argv: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli.app", *argv,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip


@pytest.fixture
def headrace(environment: dict[str, str]) -> Command:
    async def run(*argv: str, typed: str = "") -> Ended:
        process = await started(environment, *argv)
        out, error = await process.communicate(typed.encode())
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), error.decode())

    return run


@pytest.fixture
async def known(environment: dict[str, str], js: JetStreamContext, stack: Stack) -> None:
    """Have a ready asset ``aa`` and a failed one ``bb``, known to the catalog."""
    await publish(js, [*stories.life_of("aa"), stories.ingested("bb"), stories.failed("bb")])
    database = await asyncpg.connect(stack.settings.database_url.get_secret_value())
    await folded(database, js)
    await database.close()


async def test_files_are_uploaded_as_the_assets_that_are_told(headrace: Command, store: Store, tmp_path: Path) -> None:
    small, large = tmp_path / "small [1].mp4", tmp_path / "large.mp4"
    small.write_bytes(b"small")
    with large.open("wb") as file:
        file.truncate(LARGE_BYTES)
    ended = await headrace("upload", str(small), str(large), "--profile", "best", "--json")
    assert (ended.status, ended.error) == (0, "")
    found = [one async for one in store.list("uploads/@/default/")]
    by_asset = {asset_id_of(store.bucket, one.key, "", 0): one for one in found}
    stored = [by_asset[uploaded["asset_id"]] for uploaded in ended.document]
    assert [one.size_bytes for one in stored] == [5, LARGE_BYTES]
    assert ["-" in one.etag for one in stored] == [False, True]
    described = [await store.head(one.key) for one in stored]
    assert [one and one.content_type for one in described] == ["video/mp4"] * 2
    assert [one and one.metadata["headrace-profile"] for one in described] == ["best"] * 2


async def test_what_the_gateway_refuses_is_one_line(headrace: Command, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    ended = await headrace("upload", str(empty))
    assert (ended.status, ended.out.count("Traceback"), ended.error.count("\n")) == (1, 0, 1)
    assert ended.error.startswith("headrace: empty.mp4 was not uploaded: ")


async def test_ls_and_show_tell_what_the_gateway_knows(headrace: Command, known: None) -> None:
    listed, failed, shown = await asyncio.gather(
        headrace("ls", "--json"), headrace("ls", "--state", "failed"), headrace("show", "aa", "--json")
    )
    assert [asset["asset_id"] for asset in listed.document["assets"]] == ["bb", "aa"]
    assert "bb" in failed.out
    assert "aa" not in failed.out
    assert shown.document["state"] == "ready"


async def test_versions_are_listed_and_one_is_chosen(headrace: Command, known: None, js: JetStreamContext) -> None:
    await publish(js, [msgspec.structs.replace(fact, recipe="again") for fact in stories.life_of("aa")[2:]])
    chosen = await headrace("versions", "aa", "--activate", stories.RECIPE, "--json")
    assert [(own["recipe"], own["state"]) for own in chosen.document["versions"]] == [
        (stories.RECIPE, "current"),
        ("again", "kept"),
    ]
    refused = await headrace("versions", "aa", "--activate", "nothing")
    assert (refused.status, refused.error.count("\n")) == (1, 1)


async def test_a_key_is_made_shown_once_and_revoked(headrace: Command, environment: dict[str, str]) -> None:
    made = await headrace("keys", "create", "a label", "--scope", "read")
    key = made.out.strip()
    key_id = key.rpartition("_")[0]
    listed = await headrace("keys", "--json", "ls")
    assert [one["scopes"] for one in listed.document["keys"] if one["key_id"] == key_id] == [["read"]]
    assert key not in listed.out
    operators_key, environment["HEADRACE_API_KEY"] = environment["HEADRACE_API_KEY"], key
    assert (await headrace("ls")).status == 0
    refused = await headrace("keys", "ls")
    assert refused.error == "headrace: This needs the scope `admin`, which these credentials do not have.\n"
    environment["HEADRACE_API_KEY"] = operators_key
    assert (await headrace("keys", "revoke", key_id)).status == 0
    environment["HEADRACE_API_KEY"] = key
    assert (await headrace("ls")).status == 1


async def test_an_operator_makes_a_tenant_and_users_who_can_log_in(
    headrace: Command, environment: dict[str, str]
) -> None:
    tenant = f"t-{secrets.token_hex(6)}"
    assert (await headrace("tenants", "create", tenant)).status == 0
    again = await headrace("tenants", "create", tenant)
    assert (again.status, again.error.count("\n")) == (1, 1)
    listed = await headrace("tenants", "--json", "ls")
    assert tenant in {one["tenant"] for one in listed.document["tenants"]}
    own = ("users", "--tenant", tenant)
    email = f"ada@{tenant}.example"
    made = await headrace(*own, "create", email, "--role", "editor", typed="correct horse battery\n")
    user_id = made.out.strip()
    short = await headrace(*own, "create", f"b{email}", typed="short\n")
    assert (short.status, "password" in short.error) == (1, True)

    async def login(password: str) -> int:
        base = f"http://127.0.0.1:{environment['HEADRACE_GATEWAY_PORT']}"
        async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
            return (await http.post("/v1/sessions", json={"email": email, "password": password})).status_code

    assert await login("correct horse battery") == 201
    changed = await headrace(*own, "--json", "role", user_id, "admin")
    assert changed.document["role"] == "admin"
    assert (await headrace(*own, "password", user_id, typed="another long password\n")).status == 0
    assert [await login(password) for password in ("correct horse battery", "another long password")] == [401, 201]
    listed = await headrace(*own, "--json", "ls")
    assert [(one["user_id"], one["email"]) for one in listed.document["users"]] == [(user_id, email)]
    assert (await headrace(*own, "delete", user_id)).status == 0
    assert (await headrace(*own, "--json", "ls")).document["users"] == []


async def test_an_unknown_asset_is_one_line(headrace: Command) -> None:
    shown, told = await asyncio.gather(headrace("show", "cc"), headrace("events", "cc"))
    assert shown == Ended(1, "", "headrace: There is no such asset, or its file has not arrived yet.\n")
    assert told == Ended(1, "", "headrace: The log tells of no asset cc; `headrace ls` shows those there are.\n")


async def test_events_are_the_facts_of_one_asset_in_order(headrace: Command, known: None) -> None:
    as_json, as_table = await asyncio.gather(headrace("events", "aa", "--json"), headrace("events", "aa"))
    assert [event["kind"] for event in as_json.lines] == [fact.kind() for fact in stories.life_of("aa")]
    assert [event["part"] for event in as_json.lines if event["part"]] == list(stories.PARTS)
    assert "poster 1280x720" in as_table.out


async def test_watching_ends_with_the_asset(headrace: Command, known: None) -> None:
    ready, failed = await asyncio.gather(headrace("watch", "aa", "--json"), headrace("watch", "bb"))
    assert (ready.status, ready.lines[-1]["kind"]) == (0, "asset.ready")
    assert (failed.status, failed.error) == (1, "headrace: clip.mp4 failed: Upload a video. (not_media)\n")


async def test_watching_waits_for_what_is_to_come(
    headrace: Command, js: JetStreamContext, environment: dict[str, str]
) -> None:
    watching = await started(environment, "watch", "cc", "--json")
    assert watching.stdout is not None
    await publish(js, [stories.ingested("cc")])
    assert msgspec.json.decode(await watching.stdout.readline())["kind"] == "asset.ingested"
    await publish(js, [stories.failed("cc")])
    assert msgspec.json.decode(await watching.stdout.readline())["kind"] == AssetFailed.kind()
    assert await watching.wait() == 1


async def test_watching_says_that_it_waits(
    headrace: Command, js: JetStreamContext, environment: dict[str, str]
) -> None:
    watching = await started(environment, "watch", "cc")
    assert watching.stdout is not None
    assert (await watching.stdout.readline()).startswith(b"The log tells of no such asset yet")
    await publish(js, [stories.ingested("cc"), stories.failed("cc")])
    assert await watching.wait() == 1


async def test_a_shell_gets_what_clients_of_all_servers_read(headrace: Command, environment: dict[str, str]) -> None:
    as_json, as_shell = await asyncio.gather(headrace("env", "--json"), headrace("env"))
    read = {"HEADRACE_API_KEY": "HEADRACE_API_KEY", "AWS_ENDPOINT_URL": "HEADRACE_STORE_URL"}
    read |= {"AWS_SECRET_ACCESS_KEY": "HEADRACE_STORE_SECRET_KEY", "NATS_PASSWORD": "HEADRACE_NATS_PASSWORD"}
    assert {name: as_json.document[name] for name in read} == {name: environment[of] for name, of in read.items()}
    each = f"{as_shell.out}for name in {' '.join(as_json.document)}; do printenv $name; done"
    shell = await asyncio.create_subprocess_exec("sh", "-c", each, stdout=asyncio.subprocess.PIPE)
    out, _ = await shell.communicate()
    assert out.decode().splitlines() == list(as_json.document.values())


async def test_watching_all_tells_only_news(
    headrace: Command, known: None, js: JetStreamContext, environment: dict[str, str]
) -> None:
    before = {consumer.name for consumer in await js.consumers_info("MEDIA")}
    watching = await started(environment, "watch", "--json")
    assert watching.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        while before >= {consumer.name for consumer in await js.consumers_info("MEDIA")}:
            await asyncio.sleep(0.05)
    await publish(js, [stories.ingested("cc")])
    assert msgspec.json.decode(await watching.stdout.readline())["asset_id"] == "cc"
    watching.terminate()
    assert await watching.wait() == 128 + signal.SIGTERM


async def status_until(headrace: Command, true: Callable[[Any], bool]) -> Ended:
    """Return what the command says once it is true: it does not wait long for those who answer late."""
    async with asyncio.timeout(PATIENCE_S):
        while not true((status := await headrace("status", "--json")).document):
            pass
    return status


def up_in(document: Any) -> dict[str, int]:
    return {service["name"]: service["processes"] for service in document["services"] if service["processes"]}


async def test_status_tells_what_is_up_and_what_waits(headrace: Command, known: None) -> None:
    expected = {"catalog": 1, "gateway": 1, "operate": 1}
    servers = {"nats": "up", "postgres": "up", "seaweedfs": "up", "http api": "up"}

    def is_well(document: Any) -> bool:
        told = {server["name"]: server["condition"] for server in document["servers"]}
        return (told, up_in(document)) == (servers, expected)

    status = await status_until(headrace, is_well)
    # Nobody reads what waits.
    down = {service["name"] for service in status.document["services"] if service["condition"] == "down"}
    assert (status.status, down >= {"probe", "ladder_encode"}) == (1, True)
    media = next(stream for stream in status.document["streams"] if stream["name"] == "MEDIA")
    assert media["messages"] == len(stories.life_of("aa")) + 2
    waiting = {reader["name"]: reader["waiting"] for reader in media["durables"]}
    assert waiting.items() >= {"probe": 2, "plan": 1, "plan_again": 0, "package": 5, "finalize": 2}.items()


async def test_dead_letters_are_listed_shown_replayed_and_dropped(headrace: Command, js: JetStreamContext) -> None:
    parked = [await js.publish(LETTER.subject, encode(LETTER)) for _ in range(3)]
    first, second, _ = (str(ack.seq) for ack in parked)
    listed, told = await asyncio.gather(headrace("dead", "--json", "ls"), headrace("dead", "ls", "--asset", "a"))
    assert [letter["id"] for letter in listed.document] == [ack.seq for ack in parked]
    assert "Check the store." in told.out
    shown = await headrace("dead", "show", first)
    assert "thumbnail.make" in shown.out
    replayed = await headrace("dead", "replay", first)
    assert (replayed.status, replayed.out) == (0, "1 letter replayed.\n")
    again = await headrace("dead", "replay", first)
    assert (again.status, again.out.splitlines()[1]) == (
        1, f"Letter {first} stays: There is no such letter; it was replayed or dropped, or is too old.",
    )  # fmt: skip
    assert (await headrace("dead", "--json", "drop", second)).document == {"done": [int(second)], "refused": []}
    assert (await headrace("dead", "drop")).status == 1
    assert (await headrace("dead", "drop", "--all")).out == "1 letter dropped.\n"
    assert (await js.stream_info("TASKS")).state.messages == 1


async def test_work_is_held_and_goes_on(headrace: Command) -> None:
    paused = await headrace("pause", "--lane", "bulk")
    assert "encode_bulk" in paused.out
    drained = await headrace("drain", "remux", "--json")
    assert (drained.status, drained.document["is_drained"]) == (0, True)
    status = await headrace("status", "--json")
    tasks = next(stream for stream in status.document["streams"] if stream["name"] == "TASKS")
    assert {one["name"] for one in tasks["durables"] if one["paused_until"]} == {"encode_bulk", "remux"}
    assert "resumed" in (await headrace("status")).out
    resumed = await headrace("resume", "--durable", "encode_bulk", "--json")
    assert resumed.document["durables"][0]["paused_until"] is None
    unknown = await headrace("pause", "--service", "gateway")
    assert (unknown.status, unknown.error.count("\n")) == (1, 1)


async def test_status_tells_that_nobody_knows_what_is_late_while_reconcile_is_away(
    headrace: Command, known: None, nc: Client
) -> None:
    assert (await headrace("status", "--json")).document["lateness"] is None
    assert "reconcile does not answer" in (await headrace("status")).out
    late = Lateness(at=datetime.now(UTC), overdue_s=75.0, oldest_s=80.0, unresolved=1, asset_id="aa", state="probed")
    teller = Teller(Settings())
    teller.tell(late)
    async with teller.answering(nc):
        status = await status_until(headrace, lambda document: document["lateness"])
        assert status.document["lateness"]["overdue_s"] == 75.0
        assert "aa (probed) is 1 min 15 s past its deadline" in (await headrace("status")).out


async def test_reconcile_reports_and_repairs_and_its_exit_status_says_whether_all_is_well(
    headrace: Command, environment: dict[str, str], store: Store, js: JetStreamContext
) -> None:
    await publish(js, [stories.ingested("gone"), AssetPurged(asset_id="gone", objects=1, attempt=1)])
    orphan = "assets/gone/r/video/720p/00000.m4s"
    await store.put(orphan, b"x", content_type="video/mp4")
    found = await headrace("reconcile", "--json")
    assert [each["key"] for each in found.document["orphans"]] == []
    found = await headrace("reconcile", "--older-than=-0.1", "--json")
    assert (found.status, [each["key"] for each in found.document["orphans"]]) == (1, [orphan])
    assert await store.head(orphan) is not None
    repaired = await headrace("reconcile", "--older-than=-0.1", "--repair")
    shown = [line.split() for line in repaired.out.splitlines()]
    assert ["orphan", "asset_purged", orphan, "1", "B", "deleted"] in shown
    assert await store.head(orphan) is None


async def test_status_fails_when_something_is_down(headrace: Command, environment: dict[str, str]) -> None:
    environment["HEADRACE_GATEWAY_PORT"] = str(free_port(set()))
    environment["HEADRACE_NATS_URL"] = f"nats://127.0.0.1:{free_port(set())}"
    status = await headrace("status", "--json")
    down = [server["name"] for server in status.document["servers"] if server["condition"] == "down"]
    assert (status.status, down) == (1, ["nats", "http api"])


async def test_refused_credentials_are_one_line(headrace: Command, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"clip")
    environment["HEADRACE_API_KEY"] = "wrong"
    environment["HEADRACE_NATS_PASSWORD"] = "wrong"
    uploaded, told = await asyncio.gather(headrace("upload", str(tmp_path / "clip.mp4")), headrace("events", "a"))
    assert (uploaded.status, uploaded.error.count("\n")) == (1, 1)
    assert uploaded.error.startswith("headrace: clip.mp4 was not uploaded: ")
    assert told.error == (
        f"headrace: NATS at {environment['HEADRACE_NATS_URL']} refuses these credentials;"
        " check HEADRACE_NATS_USER and HEADRACE_NATS_PASSWORD.\n"
    )
