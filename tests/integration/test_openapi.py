"""The gateway does what its OpenAPI document says: made-up requests from it, to a gateway that listens."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats.js import JetStreamContext

from infra.local.ports import free_port, is_free
from infra.nats.topology import TOPOLOGY
from services.gateway import app
from services.operate import app as operate
from services.runtime.settings import Settings
from tests.asking import bearer
from tests.processes import until

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
SCHEMA = "/schema/openapi.json"


@pytest.fixture
async def gateway_url(settings: Settings, js: JetStreamContext) -> AsyncIterator[str]:
    port = free_port(set())
    own = settings.model_copy(
        update={"gateway_port": port, "rate_limit_burst": 1_000_000, "rate_limit_per_s": 1_000_000.0}
    )
    enough = asyncio.Event()

    async def serve() -> None:
        async with app.build(own).app.start_lifespan_context(), operate.build(own).app.start_lifespan_context():
            await enough.wait()

    # A service must be entered and left in one task, which setting up and tearing down a fixture are not.
    serving = asyncio.create_task(serve())
    await until(lambda: not is_free(port))
    yield f"http://127.0.0.1:{port}"
    enough.set()
    await serving
    # Made-up requests hold back what other tests wait for.
    for stream in TOPOLOGY:
        for durable in stream.durables:
            await js.resume_consumer(stream.name, durable.name)


async def document_of(gateway_url: str) -> dict[str, Any]:
    async with httpx.AsyncClient() as http:
        return dict((await http.get(gateway_url + SCHEMA)).json())


def endless(document: dict[str, Any]) -> list[str]:
    """Return the paths that answer with streams of events, for which no made-up request ends."""
    return [
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if "text/event-stream" in operation["responses"].get("200", {}).get("content", {})
    ]


async def test_made_up_requests_get_the_answers_that_are_promised(
    gateway_url: str, admin_key: str, tmp_path: Path
) -> None:
    left_out = [argument for path in endless(await document_of(gateway_url)) for argument in ("--exclude-path", path)]
    made_up = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"), "--config-file", CONFIGURATION,
        "run", gateway_url + SCHEMA, "--header", f"Authorization: {bearer(admin_key)['Authorization']}",
        "--phases", "examples,coverage,fuzzing", "--max-examples", "3", "--generation-deterministic", "--no-shrink",
        "--suppress-health-check", "all", "--request-timeout", "60", "--continue-on-failure", "--no-color", *left_out,
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await made_up.communicate()
    assert made_up.returncode == 0, told.decode()


async def test_every_operation_is_described_whole(gateway_url: str) -> None:
    document = await document_of(gateway_url)
    schemes = document["components"]["securitySchemes"]
    assert (schemes["key"]["scheme"], schemes["page"]["in"]) == ("bearer", "cookie")
    ids = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            ids.append(operation["operationId"])
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            assert operation["tags"], (method, path)
            is_public = not operation.get("security")
            assert is_public or {"401", "403", "429", "503"} <= set(operation["responses"]), (method, path)
            headers = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert is_public or method != "post" or "Idempotency-Key" in headers, path
    assert len(set(ids)) == len(ids)


async def test_every_body_has_an_example_in_each_text(gateway_url: str) -> None:
    document = await document_of(gateway_url)
    schemas = document["components"]["schemas"]
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for operations in document["paths"].values()
        for operation in operations.values()
        if "requestBody" in operation
    }
    for body in sorted(bodies):
        assert schemas[body]["additionalProperties"] is False
        for name in schemas[body].get("required", []):
            known = schemas[body]["properties"][name]
            assert known.get("examples") or known.get("enum") or known.get("$ref"), f"{body}.{name} has no example"
