"""The parameters of a list of assets."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar.exceptions import ValidationException
from litestar.params import QueryParameter

from services.gateway.documents import AssetKind, AssetState
from services.gateway.search import Search

StateFilter = Annotated[
    AssetState | None, QueryParameter(name="state", description="Only assets in this state; others are not deleted.")
]
Kind = Annotated[AssetKind | None, QueryParameter(description="Only originals of this kind.")]
TagFilter = Annotated[list[str] | None, QueryParameter(name="tag", description="Only assets with each of these tags.")]
CategoryFilter = Annotated[str | None, QueryParameter(description="Only assets of this category.")]
# As a time, the framework would take a number for one, too.
CreatedFrom = Annotated[
    str | None, QueryParameter(format="date-time", description="Only from this time on; UTC unless it says.")
]
CreatedBefore = Annotated[
    str | None, QueryParameter(format="date-time", description="Only before this time; UTC unless it says.")
]
Words = Annotated[
    str | None,
    QueryParameter(max_length=200, description="Beginnings of words in title or file name, or in what is said."),
]


def search_of(
    *,
    state_: StateFilter = None,
    kind: Kind = None,
    tag: TagFilter = None,
    category: CategoryFilter = None,
    created_from: CreatedFrom = None,
    created_before: CreatedBefore = None,
    q: Words = None,
) -> Search:
    """Return what the parameters of a list ask for; the dependency ``search``.

    Raises: ValidationException: a time is none.
    """
    return Search(
        state=state_,
        kind=kind,
        tags=tag or [],
        category=category,
        created_from=_time("created_from", created_from),
        created_before=_time("created_before", created_before),
        text=q,
    )


def _time(name: str, given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        at = msgspec.convert(given, datetime)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (msgspec.ValidationError, OverflowError) as error:
        message = "This is no time; give one such as 2026-01-31T12:00:00Z."
        raise ValidationException(extra=[{"message": message, "key": name}]) from error
