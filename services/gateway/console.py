"""The operator's console, asked over NATS: what HTTP offers of it is the same that ``nats req headrace.…`` gets."""

from typing import TypeVar

import msgspec
from nats import errors
from nats.aio.client import Client

from contracts.base import Value
from contracts.v1.operate import Asked, Refusal
from services.gateway.refusals import Refused
from services.runtime.errors import Transient

# A drain looks for a few seconds whether it is over.
_TIMEOUT_S = 8.0
_ERROR_CODE = "Nats-Service-Error-Code"
_SERVER_ERROR = 500

V = TypeVar("V", bound=Value)


class Console:
    """Asks the service ``operate``."""

    def __init__(self, nats: Client) -> None:
        """Ask through a connection."""
        self._nats = nats

    async def ask(self, subject: str, asked: Asked, answer: type[V]) -> V:
        """Return what is answered to a request.

        Raises: Refused: as the console refuses. Transient: ``console_unavailable``, or as the console has it.
        """
        try:
            message = await self._nats.request(subject, msgspec.json.encode(asked), timeout=_TIMEOUT_S)
        except (errors.Error, OSError) as error:
            told = "No process of `operate` answers; start it, and see its log."
            raise Transient("console_unavailable", told) from error
        if _ERROR_CODE in (message.headers or {}):
            raise _refused(message.data)
        return msgspec.json.decode(message.data, type=answer)


def _refused(answer: bytes) -> Refused | Transient:
    refusal = msgspec.json.decode(answer, type=Refusal)
    if refusal.status >= _SERVER_ERROR:
        return Transient(refusal.code, refusal.message)
    return Refused(refusal.status, refusal.code, refusal.message)
