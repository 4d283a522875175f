"""The gateway's HTTP API, asked."""

from collections.abc import Mapping
from typing import Any

import httpx

from services.cli.errors import CommandError
from services.cli.target import Target

_TIMEOUT_S = 10


class NotFound(CommandError):
    """The gateway knows nothing of what was asked for."""


async def ask(target: Target, path: str, **parameters: str | int | None) -> Any:
    """Return the JSON that the gateway answers to a GET; parameters that are None are left out.

    Raises: NotFound. CommandError: it does not answer, or answers with another problem.
    """
    given = {name: value for name, value in parameters.items() if value is not None}
    return await send(target, "GET", path, parameters=given)


async def send(
    target: Target,
    method: str,
    path: str,
    *,
    body: object = None,
    parameters: Mapping[str, str | int] | None = None,
    tenant: str | None = None,
) -> Any:
    """Return the JSON that the gateway answers, or None when it answers nothing; ``tenant`` is for an operator.

    Raises: NotFound. CommandError: it does not answer, or answers with a problem.
    """
    headers = target.authorization | ({"Headrace-Tenant": tenant} if tenant else {})
    try:
        async with httpx.AsyncClient(
            base_url=target.gateway_url, headers=headers, timeout=_TIMEOUT_S, trust_env=False
        ) as client:
            answer = await client.request(method, path, params=parameters, json=body)
    except httpx.TransportError as error:
        raise CommandError(f"The gateway does not answer at {target.gateway_url}; see `headrace status`.") from error
    if answer.is_success:
        return answer.json() if answer.content else None
    kind = NotFound if answer.status_code == httpx.codes.NOT_FOUND else CommandError
    raise kind(_problem_of(answer))


def _problem_of(answer: httpx.Response) -> str:
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        problem = answer.json()
        reasons = [f"{error['field']}: {error['detail']}" for error in problem.get("errors", [])]
        return "; ".join(reasons) or str(problem["detail"])
    return f"The gateway answered {answer.status_code} for {answer.request.url}."
