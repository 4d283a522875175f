"""The base of every message: a frozen struct that knows its own subject and message id."""

from typing import ClassVar

import msgspec

from contracts.keys import DEFAULT_TENANT


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """Be a part of a message; unknown fields are allowed, new fields have defaults."""


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Be a message on the bus; its subject and message id follow from its fields alone."""

    root: ClassVar[str]

    asset_id: str
    tenant: str = DEFAULT_TENANT

    @classmethod
    def kind(cls) -> str:
        """Return the message's kind, such as ``asset.ingested``."""
        tag = cls.__struct_config__.tag
        assert isinstance(tag, str)
        return tag

    @classmethod
    def subject_filter(cls, asset_id: str = "*") -> str:
        """Return the subject filter that matches this kind, for one asset or for all."""
        return f"{cls.root}.{cls.kind()}.{asset_id}.>"

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the tokens that tell apart messages of one kind about one asset."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """Return the subject that the message is published to."""
        return ".".join((self.root, self.kind(), self.asset_id, *self.parts))

    @property
    def message_id(self) -> str:
        """Return the id that makes a second publication a duplicate (``Nats-Msg-Id``)."""
        attempt, remake = getattr(self, "attempt", 0), getattr(self, "remake", 0)
        counted = [*([str(attempt)] if attempt else []), *([f"remake-{remake}"] if remake else [])]
        return ":".join((self.kind(), self.asset_id, *self.parts, *counted))
