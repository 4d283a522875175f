"""The console: each endpoint of ``headrace`` takes a request and answers, or refuses with a code and a sentence."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from nats import errors
from nats.aio.client import Client
from nats.micro import add_service
from nats.micro.request import Request
from nats.micro.service import ServiceConfig

from contracts.base import Value
from contracts.v1.operate import CONSOLE, ENDPOINTS, Asked, StatusAsked
from services.operate import assets, halts, letters
from services.operate.refusals import Refused, refusal_of
from services.operate.status import status_of
from services.runtime.errors import HeadraceError, Transient
from services.runtime.service import VERSION
from services.runtime.settings import Settings

_log = logging.getLogger("headrace.operate")


def doers(nats: Client, settings: Settings) -> dict[str, Callable[[Any], Awaitable[Value]]]:
    """Return what is done when something is asked, by its subject."""
    js = nats.jetstream()

    async def status(_: StatusAsked) -> Value:
        return await status_of(nats)

    return {
        "headrace.status": status,
        "headrace.asset": partial(assets.told, js, settings),
        "headrace.retry": partial(assets.retry, js),
        "headrace.pause": partial(halts.pause, nats),
        "headrace.resume": partial(halts.resume, nats),
        "headrace.drain": partial(halts.drain, nats),
        "headrace.dead.ls": partial(letters.listed, js),
        "headrace.dead.show": partial(letters.shown, js),
        "headrace.dead.replay": partial(letters.replay, js),
        "headrace.dead.drop": partial(letters.drop, js),
    }


async def open_console(settings: Settings, nats: Client) -> None:
    """Answer from now on, as one of the processes of a queue group."""
    service = await add_service(nats, ServiceConfig(name=CONSOLE, version=VERSION, description="What operators ask."))
    group = service.add_group(name=CONSOLE)
    for subject, do in doers(nats, settings).items():
        asked, _ = ENDPOINTS[subject]
        below = subject.removeprefix(f"{CONSOLE}.")
        await group.add_endpoint(name=below.replace(".", "-"), subject=below, handler=partial(_answer, asked, do))


async def _answer(asked: type[Asked], do: Callable[[Any], Awaitable[Value]], request: Request) -> None:
    try:
        answer = await _done(asked, do, request.data)
    except HeadraceError as error:
        refusal = refusal_of(error)
        await request.respond_error(str(refusal.status), f"{error.code}: {error.message}", msgspec.json.encode(refusal))
    else:
        await request.respond(msgspec.json.encode(answer))


async def _done(asked: type[Asked], do: Callable[[Any], Awaitable[Value]], request: bytes) -> Value:
    try:
        decoded = msgspec.json.decode(request or b"{}", type=asked)
    except msgspec.DecodeError as error:
        raise Refused(400, "request_invalid", f"The request is not as it should be: {error}") from error
    try:
        return await do(decoded)
    except HeadraceError:
        raise
    except errors.Error as error:
        _log.exception("NATS did not do what was asked")
        told = f"NATS did not do what was asked ({error}); try again, and see the log of `operate`."
        raise Transient("nats_unavailable", told) from error
    except Exception as error:
        _log.exception("defect in operate")
        told = f"Headrace itself failed ({type(error).__name__}); the log of `operate` says how."
        raise Transient("internal_error", told) from error
