"""What a store's refusals mean to us; what it said itself, which may name internal addresses, only the log tells."""

import logging
from http import HTTPStatus

from botocore.exceptions import ClientError

from services.runtime.errors import HeadraceError, Permanent, Stale, Transient, Unwritten

_MISSING = {"NoSuchKey", "NotFound"}
_LOST_RACE = {"PreconditionFailed", "ConditionalRequestConflict"}

_log = logging.getLogger("headrace.store")


def translated(error: Exception, key: str, *, written: bool = False) -> HeadraceError:
    """Return our own error for what a request about a key failed with; ``written``: it wrote."""
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == "NoSuchUpload":
            return Permanent("upload_missing", f"The store holds no parts of {key} under this upload; begin it anew.")
        if code in _MISSING or status == HTTPStatus.NOT_FOUND:
            return Permanent("object_missing", f"The object {key} is not in the bucket; upload it again.")
        if code in _LOST_RACE or status in (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED):
            return Stale("object_changed", f"The object {key} was changed by somebody else.")
        if status == HTTPStatus.FORBIDDEN:
            return Transient("store_refused", f"The store refused access to {key}; check the store's credentials.")
    _log.warning("the store failed for %r: %s", key, error)
    kind = Unwritten if written else Transient
    return kind("store_unavailable", f"The store did not answer for {key}; it will be asked again.")
