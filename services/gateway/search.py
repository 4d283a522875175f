"""What a list of assets may ask for, and the SQL conditions that say so. Pure.

Each condition is one that an index of ``infra/postgres/migrations`` serves; a list never reads the whole table. Words
are looked for twice: among the newest assets, which is the end of it if many have them, and then by an index of words.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import NamedTuple

from msgspec import Struct

from services.gateway.documents import AssetKind, AssetState
from services.gateway.refusals import Refused
from services.gateway.view import Position

_WORD = re.compile(r"[^\W_]+")
# A word that many have is had by some of the newest: so many are looked at before any index of words.
_NEWEST = 250
_HAS_WORDS = """
    (a.words @@ to_tsquery('simple', {every}) OR (
        SELECT true FROM passages p WHERE p.asset_id = a.asset_id AND p.words @@ to_tsquery('simple', {every}) LIMIT 1
    ))
"""
_LISTED = "{columns} FROM assets a WHERE {conditions} ORDER BY a.created_at DESC, a.asset_id DESC LIMIT {limit}"
_AMONG_NEWEST = f"""
    {{columns}} FROM ({_LISTED.format(columns="SELECT *", conditions="{conditions}", limit=_NEWEST)}) a
    WHERE {_HAS_WORDS} ORDER BY a.created_at DESC, a.asset_id DESC LIMIT {{limit}}
"""
# One after the other, in order, until there are enough: what is after OFFSET is planned by itself.
_BY_INDEX = f"""
    {{columns}} FROM (
        SELECT * FROM assets_with($1, to_tsvector('simple', {{words}})) k
        ORDER BY k.created_at DESC, k.asset_id DESC OFFSET 0
    ) k CROSS JOIN LATERAL (
        SELECT * FROM assets a WHERE a.asset_id = k.asset_id AND {{conditions}} AND {_HAS_WORDS} OFFSET 0
    ) a ORDER BY k.created_at DESC, k.asset_id DESC LIMIT {{limit}}
"""  # noqa: S608 (our own text)


class Search(Struct, frozen=True, kw_only=True):
    """What assets must have in common: every tag of ``tags``, every word of ``text``.

    Words are those of title and name, or those that are said in one text track. Deleted assets are found only by
    their state.
    """

    state: AssetState | None = None
    kind: AssetKind | None = None
    tags: Sequence[str] = ()
    category: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    text: str | None = None


class Look(NamedTuple):
    """A query for assets. It ``is_uneven`` where the best way to them depends on the values."""

    query: str
    values: list[object]
    is_uneven: bool


def looks_of(columns: str, tenant: str | None, search: Search, after: Position | None, limit: int) -> list[Look]:
    """Return queries for up to ``limit`` assets ``a``, newest first, that come after a position; None is every tenant.

    What an earlier one finds is right where it finds as many as are wanted; what the last one finds, is in any case.

    Raises: Refused: ``search_without_words``, ``search_invalid``, ``tenant_needed``.
    """
    conditions, values = conditions_of(tenant, search, after)
    form = {"columns": columns, "conditions": conditions, "limit": limit}
    is_uneven = bool(search.tags)
    if not search.text:
        return [Look(_LISTED.format(**form), values, is_uneven=is_uneven)]
    words, every, _ = texts_of(search.text)
    # A tenant's number is always the first.
    form |= {"every": f"${len(values) + 1}", "words": f"${len(values) + 2}"}
    return [
        Look(_AMONG_NEWEST.format(**form), [*values, every], is_uneven=is_uneven),
        Look(_BY_INDEX.format(**form), [*values, every, words], is_uneven=False),
    ]


def conditions_of(tenant: str | None, search: Search, after: Position | None) -> tuple[str, list[object]]:
    """Return SQL conditions on the table ``assets a``, but for words, and the values of their parameters.

    The tenant's is the first. Raises: Refused: ``search_invalid``, ``tenant_needed``.
    """
    if tenant is None and (search.text or search.category):
        raise Refused(400, "tenant_needed", "Texts and categories are searched in one tenant at a time; name it.")
    if "\0" in "".join([search.category or "", *search.tags]):
        raise Refused(400, "search_invalid", "Tags and categories hold no NUL.")
    given: list[tuple[str, tuple[object, ...]]] = [
        *([] if tenant is None else [("a.tenant = {}", (tenant,))]),
        ("a.state <> 'deleted'", ()) if search.state is None else ("a.state = {}", (search.state,)),
        *((condition, (value,)) for condition, value in _wishes(search) if value),
    ]
    if after is not None:
        given.append(("(a.created_at, a.asset_id) < ({}, {})", (after.created_at, after.asset_id)))
    values = [value for _, own in given for value in own]
    numbers = count(1)
    conditions = (condition.format(*(f"${next(numbers)}" for _ in own)) for condition, own in given)
    return " AND ".join(conditions), values


def _wishes(search: Search) -> list[tuple[str, object]]:
    return [
        ("a.kind = {}", search.kind),
        ("a.tags @> {}::text[]", list(search.tags)),
        ("a.category = {}", search.category),
        ("a.created_at >= {}", search.created_from),
        ("a.created_at < {}", search.created_before),
    ]


def texts_of(text: str) -> tuple[str, str, str]:
    """Return a text's words, and queries for all and for any of them; each may be the beginning of a longer one.

    Raises: Refused: ``search_without_words``.
    """
    words = _WORD.findall(text)
    if not words:
        raise Refused(400, "search_without_words", "The text to search for has no letter or digit; give a word.")
    beginnings = [f"{word}:*" for word in words]
    return " ".join(words), " & ".join(beginnings), " | ".join(beginnings)
