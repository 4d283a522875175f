"""Asking the gateway: JSON in and out, problems as errors, a few tries."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
import msgspec

from services.client.errors import Refused, Unavailable

TRIES = 4
"""Once, and three times again."""

_FIRST_PAUSE_S = 0.5
_STILL_AT_WORK = "idempotency_in_progress"

T = TypeVar("T")


class Passing(Exception):
    """Something that may be better at the next try; ``error`` is what it is if not."""

    def __init__(self, error: Exception) -> None:
        """Keep the error."""
        super().__init__(str(error))
        self.error = error


async def retried(attempt: Callable[[], Awaitable[T]]) -> T:
    """Return what an attempt returns; try again up to three times what may pass, with growing, uneven pauses."""
    for tried in range(1, TRIES):
        try:
            return await attempt()
        except Passing:
            await asyncio.sleep(pause_s(tried))
    try:
        return await attempt()
    except Passing as last:
        raise last.error from last


def pause_s(tried: int) -> float:
    """Return how long to wait after this many tries: twice as long each time, by chance up to half more or less."""
    doubled: int = 1 << (tried - 1)
    return _FIRST_PAUSE_S * doubled * random.uniform(0.5, 1.5)  # noqa: S311 (not a secret)


class Gateway:
    """The gateway's HTTP API."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        """Ask through a client that knows the address and the key."""
        self._client = client

    async def ask(self, kind: type[T], method: str, path: str, **options: Any) -> T:
        """Return an answer; a POST is done once, however often it is tried.

        Raises: Refused. Unavailable.
        """
        # One for all tries: the gateway repeats the answer of a try whose answer got lost.
        headers = {"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}

        async def attempt() -> T:
            try:
                answer = await self._client.request(method, path, headers=headers, **options)
            except httpx.TransportError as error:
                message = f"The gateway does not answer at {self._client.base_url}: {error or type(error).__name__}"
                raise Passing(Unavailable(message)) from error
            if answer.is_success:
                return msgspec.json.decode(answer.content, type=kind)
            raise passing_or_final(answer, "The gateway")

        return await retried(attempt)


def passing_or_final(answer: httpx.Response, who: str) -> Exception:
    """Return what a refusal is: final, unless the servers are at fault, too busy, or still at the try before."""
    status = answer.status_code
    refused = Refused(status, *_problem_of(answer, who))
    passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
    return Passing(refused) if passing or refused.code == _STILL_AT_WORK else refused


def _problem_of(answer: httpx.Response, who: str) -> tuple[str, str]:
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        problem = msgspec.json.decode(answer.content)
        fields = [f"{error['field']}: {error['detail']}" for error in problem.get("errors", [])]
        return problem["code"], "; ".join(fields) or problem["detail"]
    return f"http_{answer.status_code}", f"{who} answered {answer.status_code}."
