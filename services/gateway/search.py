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
# The first condition is the one that an index serves. The second is what is meant, in words of which the planner knows
# nothing: it would take the two for independent of each other, and what both find for rare.
_WORDS = (
    # A tenant's number is always the first.
    "word_beginnings({0}.tenant, {0}.words) @> wanted_beginnings($1, to_tsvector('simple', {{}}))"
    " AND CASE WHEN {0}.words @@ to_tsquery('simple', {{}}) THEN true END"
)
# Those who say it are looked up first, all at once, so that an index of assets serves both ways to be found.
_SAID = f"SELECT p.asset_id FROM passages p WHERE {_WORDS.format('p')}"  # noqa: S608 (our own text)
_TEXT = f"({_WORDS.format('a')} OR a.asset_id = ANY(ARRAY({_SAID})))"


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

    @property
    def is_uneven(self) -> bool:
        """Tell whether it may find next to nothing or nearly everything: how to look depends on what is given."""
        return bool(self.text or self.tags)


def conditions_of(tenant: str | None, search: Search, after: Position | None) -> tuple[str, list[object]]:
    """Return SQL conditions on the table ``assets a``, and the values of their parameters; None is every tenant.

    Raises: Refused: ``search_without_words``, ``search_invalid``, ``tenant_needed``.
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
    if search.text:
        words, every, _ = texts_of(search.text)
        given.append((_TEXT, (words, every, words, every)))
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
