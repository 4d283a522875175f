"""Requests to addresses that users chose: never into our own network, never without a limit.

A name is resolved once, every address behind it must belong to the public Internet, and the connection goes to one of
those that were checked, under the original ``Host`` and TLS name; each redirect is checked the same way.

Errors begin with the noun that a client is made with: ``input_refused`` is for the user to mend, ``input_unreachable``
may pass.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus

import httpx
import msgspec

from services.runtime.egress_address import CONNECT_S, CheckedTransport
from services.runtime.errors import Permanent, Transient

MOST_REDIRECTS = 5

_SILENCE_S = 30.0
_MOST_REPLY_BYTES = 16 * 1024
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


class Reply(msgspec.Struct, frozen=True):
    """What a server answered; ``body`` is no more than its first 16 KiB."""

    status: int
    headers: dict[str, str]
    body: bytes


class Egress:
    """An HTTP client for URLs that users name."""

    def __init__(self, noun: str, client: httpx.AsyncClient) -> None:
        """Use a client over a ``CheckedTransport``; ``noun`` is the first word of every error's code."""
        self._noun = noun
        self._client = client

    @classmethod
    @asynccontextmanager
    async def connect(cls, noun: str, *, allow_private: bool = False) -> AsyncIterator["Egress"]:
        """Open a client that is closed with the context; ``allow_private`` is for tests and development."""
        async with httpx.AsyncClient(
            transport=CheckedTransport(noun, allow_private=allow_private),
            trust_env=False,
            timeout=httpx.Timeout(_SILENCE_S, connect=CONNECT_S),
            headers={"User-Agent": "Headrace", "Accept-Encoding": "identity"},
        ) as client:
            yield cls(noun, client)

    @asynccontextmanager
    async def get(self, url: str) -> AsyncIterator[httpx.Response]:
        """Give the answer 200 to a GET, its body still to be read with ``aiter_raw``; five redirects are followed.

        Raises: Permanent: ``…_refused``; ``…_unreachable`` for an answer that will stay. Transient: ``…_unreachable``.
        """
        with _errors(self._noun):
            request: httpx.Request | None = self._client.build_request("GET", url)
            for _ in range(1 + MOST_REDIRECTS):
                assert request is not None
                response = await self._client.send(request, stream=True)
                try:
                    request = response.next_request
                    if request is None:
                        self._check_status(response.status_code)
                        yield response
                        return
                finally:
                    await response.aclose()
        raise Permanent(f"{self._noun}_refused", f"The URL leads on to others more than {MOST_REDIRECTS} times.")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, within_s: float) -> Reply:
        """Return the answer to a POST, whatever its status; redirects are not followed.

        Raises: Permanent: ``…_refused``. Transient: ``…_unreachable``, also when it takes longer than ``within_s``.
        """
        # What one receiver sets is nothing for the next, who may be another tenant's.
        self._client.cookies.clear()
        with _errors(self._noun):
            async with (
                asyncio.timeout(within_s),
                self._client.stream("POST", url, content=body, headers=dict(headers)) as response,
            ):
                start = b""
                async for chunk in response.aiter_raw():
                    start += chunk
                    if len(start) >= _MOST_REPLY_BYTES:
                        break
                return Reply(response.status_code, dict(response.headers), start[:_MOST_REPLY_BYTES])

    def _check_status(self, status: int) -> None:
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
            raise Transient(f"{self._noun}_unreachable", f"The server of the URL answered {status}.")
        if status != HTTPStatus.OK:
            message = f"The server of the URL answered {status}; see that it can be read without a login."
            raise Permanent(f"{self._noun}_unreachable", message)


@contextmanager
def _errors(noun: str) -> Iterator[None]:
    """Turn what a connection may fail with into errors with codes."""
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise Permanent(
            f"{noun}_refused", "The URL must be a whole one that begins with http:// or https://."
        ) from error
    except (httpx.TransportError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise Transient(f"{noun}_unreachable", f"The server of the URL cannot be read: {reason}.") from error
