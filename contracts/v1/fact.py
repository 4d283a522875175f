"""What facts of version 1 have in common: how often an asset can have one, and so which part its subject ends with."""

from typing import ClassVar

from contracts.base import Message


class Fact(Message, frozen=True, kw_only=True):
    """Be something that happened; facts are never changed, only followed by others."""

    root: ClassVar[str] = "media.v1"


def facts_of(asset_id: str) -> str:
    """Return the subject filter that matches every fact about an asset."""
    return f"{Fact.root}.*.*.{asset_id}.>"


class AssetFact(Fact, frozen=True, kw_only=True):
    """Be a fact of which an asset has one."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the one part such a fact has."""
        return ("asset",)


class RecipeFact(Fact, frozen=True, kw_only=True):
    """Be a fact of which an asset has one for each recipe."""

    recipe: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the recipe."""
        return (self.recipe,)


class EditFact(Fact, frozen=True, kw_only=True):
    """Be a fact that somebody asked for, of which an asset may have any number; ``edit`` is unique and sortable."""

    edit: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the edit."""
        return (self.edit,)
