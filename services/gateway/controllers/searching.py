"""The parameters of a list of assets."""

from datetime import UTC, datetime
from typing import Annotated

from litestar.params import QueryParameter

from services.gateway.documents import AssetKind, AssetState
from services.gateway.refusals import Refused
from services.gateway.search import Search

StateFilter = Annotated[
    AssetState | None, QueryParameter(name="state", description="Only assets in this state; others are not deleted.")
]
Kind = Annotated[AssetKind | None, QueryParameter(description="Only originals of this kind.")]
TagFilter = Annotated[list[str] | None, QueryParameter(name="tag", description="Only assets with each of these tags.")]
CategoryFilter = Annotated[str | None, QueryParameter(description="Only assets of this category.")]
CreatedFrom = Annotated[datetime | None, QueryParameter(description="Only from this time on; UTC unless it says.")]
CreatedBefore = Annotated[datetime | None, QueryParameter(description="Only before this time; UTC unless it says.")]
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

    Raises: Refused: ``search_invalid``.
    """
    return Search(
        state=state_,
        kind=kind,
        tags=tag or [],
        category=category,
        created_from=_in_utc(created_from),
        created_before=_in_utc(created_before),
        text=q,
    )


def _in_utc(at: datetime | None) -> datetime | None:
    if at is None:
        return None
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError as error:
        raise Refused(400, "search_invalid", "A time is before the year 1 or after 9999 in UTC.") from error
