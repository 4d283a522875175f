"""What is logged of a fault of our own."""

import httpx
import pytest
from litestar import Litestar, get
from litestar.params import FromPath

from services.gateway.problems import HANDLERS


@get("/play/{token:str}/x")
async def broken(token: FromPath[str]) -> str:
    raise RuntimeError("broken")


async def test_a_fault_is_logged_by_its_route_and_without_what_the_path_holds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    application = Litestar([broken], exception_handlers=HANDLERS, logging_config=None)
    transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]  # Litestar's own types of ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.get("/play/secret/x")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    (record,) = [each for each in caplog.records if each.name == "headrace.gateway"]
    assert record.getMessage() == "GET /play/{token}/x failed"
