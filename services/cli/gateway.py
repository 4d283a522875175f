"""The gateway's HTTP API, asked."""

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
    headers = target.authorization
    given = {name: value for name, value in parameters.items() if value is not None}
    try:
        async with httpx.AsyncClient(
            base_url=target.gateway_url, headers=headers, timeout=_TIMEOUT_S, trust_env=False
        ) as client:
            answer = await client.get(path, params=given)
    except httpx.TransportError as error:
        raise CommandError(f"The gateway does not answer at {target.gateway_url}; see `headrace status`.") from error
    if answer.is_success:
        return answer.json()
    kind = NotFound if answer.status_code == httpx.codes.NOT_FOUND else CommandError
    raise kind(_problem_of(answer))


def _problem_of(answer: httpx.Response) -> str:
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        problem = answer.json()
        reasons = [f"{error['field']}: {error['detail']}" for error in problem.get("errors", [])]
        return "; ".join(reasons) or str(problem["detail"])
    return f"The gateway answered {answer.status_code} for {answer.request.url}."
