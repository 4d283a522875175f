"""How the client asks again."""

from collections.abc import Callable

import httpx
import msgspec
import pytest

from services.client import http as client_http
from services.client.errors import Refused
from services.client.http import Gateway

Answer = httpx.Response | Exception


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_http, "_FIRST_PAUSE_S", 0.0)


def answering(answers: list[Answer], asked: list[httpx.Request]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        given = answers.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return answer


def problem(status: int, code: str) -> httpx.Response:
    body = msgspec.json.encode({"code": code, "detail": "No."})
    return httpx.Response(status, content=body, headers={"content-type": "application/problem+json"})


async def ask(method: str, *answers: Answer) -> list[httpx.Request]:
    """Return the requests that one question became."""
    asked: list[httpx.Request] = []
    transport = httpx.MockTransport(answering([*answers, httpx.Response(200, json={})], asked))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        await Gateway(client).ask(dict, method, "/v1/uploads")
    return asked


async def test_all_tries_of_a_post_have_one_key_and_the_next_post_another() -> None:
    first = await ask("POST", httpx.ReadTimeout("slow"), httpx.Response(503))
    second = await ask("POST")
    keys = [request.headers["idempotency-key"] for request in (*first, *second)]
    assert len(keys) == 4
    assert len(set(keys[:3])) == 1
    assert keys[3] != keys[0]


async def test_what_is_no_post_needs_no_key() -> None:
    (request,) = await ask("GET")
    assert "idempotency-key" not in request.headers


async def test_while_the_try_before_is_at_work_the_answer_is_waited_for() -> None:
    assert len(await ask("POST", problem(409, "idempotency_in_progress"))) == 2


async def test_another_conflict_is_final() -> None:
    with pytest.raises(Refused) as refused:
        await ask("POST", problem(409, "upload_closed"))
    assert refused.value.code == "upload_closed"
