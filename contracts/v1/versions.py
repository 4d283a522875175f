"""Facts about an asset's versions, which are what was made of it under one recipe each: choices, and their end.

All of them lie below ``versions_of`` an asset, so that whoever states one can require that none came between: of a
choice and a retirement of the same version the log takes one, and who was slower looks again.
"""

from contracts.v1.fact import EditFact, Fact, RecipeFact


class VersionChosen(EditFact, frozen=True, kw_only=True, tag="version.chosen"):
    """An asset plays this version from now on, until another one is chosen or becomes ready."""

    recipe: str


class VersionRetired(RecipeFact, frozen=True, kw_only=True, tag="version.retired"):
    """A version that was superseded cannot be chosen any more; its objects are about to be deleted."""


class VersionRemoved(RecipeFact, frozen=True, kw_only=True, tag="version.removed"):
    """Nothing of a retired version is left in the bucket, as a listing has shown; ``objects`` were deleted."""

    objects: int


def versions_of(asset_id: str) -> str:
    """Return the subject filter that matches every fact about an asset's versions."""
    return f"{Fact.root}.version.*.{asset_id}.>"
