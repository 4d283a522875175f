"""Errors as answers: every one is an RFC 9457 problem document with a stable code."""

import logging
import re
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import ResponseSpec
from litestar.types import ExceptionHandlersMap

from services.gateway.documents import FieldProblem, Problem
from services.gateway.refusals import Refused
from services.runtime.errors import HeadraceError, Permanent, Transient

_logger = logging.getLogger("headrace.gateway")

_UNKNOWN = re.compile("^Object contains unknown field `(.*)`")

# How the framework tells of a body that is not there.
_NO_BODY = ("data", "'data'")

MEDIA_TYPE = "application/problem+json"


def _answer(
    status: int, code: str, detail: str, errors: list[FieldProblem], headers: dict[str, str]
) -> Response[Problem]:
    title = HTTPStatus(status).phrase
    problem = Problem(type=f"/problems/{code}", title=title, status=status, code=code, detail=detail, errors=errors)
    return Response(problem, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _own(_: Request[Any, Any, Any], error: HeadraceError) -> Response[Problem]:
    """Answer our own errors: transient ones are the servers' fault, permanent ones the request's."""
    if isinstance(error, Transient):
        return _answer(503, error.code, error.message, [], {"Retry-After": "2"})
    if isinstance(error, Refused):
        return _answer(error.status, error.code, error.message, [], error.headers)
    return _answer(400, error.code, error.message, [], {})


def _invalid(_: Request[Any, Any, Any], error: ValidationException) -> Response[Problem]:
    """Answer a request whose body or parameters are not as OpenAPI says."""
    fields = [
        # Parameters whose names the framework keeps for itself end with an underscore in our code.
        _field(str(entry.get("key", "")).rstrip("_"), str(entry["message"]))
        for entry in error.extra or []
        if isinstance(entry, dict) and "message" in entry
    ]
    detail = "The request is not as it should be; see `errors`." if fields else error.detail
    return _answer(400, "request_invalid", detail, fields, {})


def _field(name: str, message: str) -> FieldProblem:
    """Return what is wrong with a field; of one that is not known, the name stands in the message."""
    if (name, message) == _NO_BODY:
        return FieldProblem("body", "There is none; send one in JSON, as /schema has it.")
    unknown = _UNKNOWN.match(message)
    return (
        FieldProblem(unknown[1], "There is no such field here; leave it out.")
        if unknown
        else FieldProblem(name, message)
    )


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """Answer what the framework refuses, such as unknown paths, methods and media types."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected(request, error)
    code = HTTPStatus(error.status_code).name.lower()
    return _answer(error.status_code, code, error.detail, [], error.headers or {})


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer a fault of our own without telling the world about it."""
    # The route and not the path, of which a token may be a part.
    _logger.error("%s %s failed", request.method, request.scope.get("path_template", "?"), exc_info=error)
    return _answer(500, "internal_error", "Something went wrong on our side; the gateway's log says what.", [], {})


def described(description: str) -> ResponseSpec:
    """Return a problem as OpenAPI shows it."""
    return ResponseSpec(Problem, description=description, media_type=MEDIA_TYPE, generate_examples=False)


HANDLERS: ExceptionHandlersMap = {
    Permanent: _own,
    Transient: _own,
    ValidationException: _invalid,
    HTTPException: _http,
    Exception: _unexpected,
}
