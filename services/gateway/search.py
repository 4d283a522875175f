"""What a list of assets may ask for, and the SQL conditions that say so. Pure.

Each condition is one that an index of ``infra/postgres/migrations`` serves; a list never reads the whole table.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import count

from msgspec import Struct

from services.gateway.documents import AssetKind, AssetState
from services.gateway.refusals import Refused
from services.gateway.view import Position

_WORD = re.compile(r"[^\W_]+")


class Search(Struct, frozen=True, kw_only=True):
    """What assets must have in common: every tag of ``tags``, every word of ``text`` in title or name.

    Deleted assets are found only by their state.
    """

    state: AssetState | None = None
    kind: AssetKind | None = None
    tags: Sequence[str] = ()
    category: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    text: str | None = None


def conditions_of(tenant: str, search: Search, after: Position | None) -> tuple[str, list[object]]:
    """Return SQL conditions on the table ``assets a``, and the values of their parameters.

    Raises: Refused: ``search_without_words``, ``search_invalid``.
    """
    if "\0" in "".join([search.category or "", *search.tags]):
        raise Refused(400, "search_invalid", "Tags and categories hold no NUL.")
    given: list[tuple[str, tuple[object, ...]]] = [
        ("a.tenant = {}", (tenant,)),
        ("a.state <> 'deleted'", ()) if search.state is None else ("a.state = {}", (search.state,)),
        *((condition, (value,)) for condition, value in _wishes(search) if value),
    ]
    if after is not None:
        given.append(("(a.created_at, a.asset_id) < ({}, {})", (after.created_at, after.asset_id)))
    values = [value for _, own in given for value in own]
    numbers = count(1)
    return " AND ".join(condition.format(*(f"${next(numbers)}" for _ in own)) for condition, own in given), values


def _wishes(search: Search) -> list[tuple[str, object]]:
    return [
        ("a.kind = {}", search.kind),
        ("a.tags @> {}::text[]", list(search.tags)),
        ("a.category = {}", search.category),
        ("a.created_at >= {}", search.created_from),
        ("a.created_at < {}", search.created_before),
        ("a.words @@ to_tsquery('simple', {})", words_of(search.text) if search.text else None),
    ]


def words_of(text: str) -> str:
    """Return a text as a query for its words, each of which may be the beginning of a longer one.

    Raises: Refused: ``search_without_words``.
    """
    words = _WORD.findall(text)
    if not words:
        raise Refused(400, "search_without_words", "The text to search for has no letter or digit; give a word.")
    return " & ".join(f"{word}:*" for word in words)
