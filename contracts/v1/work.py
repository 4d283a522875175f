"""What tasks of version 1 have in common: where they wait, and where workers take them."""

from typing import ClassVar

from contracts.base import Message
from contracts.priorities import DEFAULT_PRIORITY, Priority
from contracts.v1.original import Original


class Work(Message, frozen=True, kw_only=True):
    """Be work for one asset."""

    root: ClassVar[str] = "task.v1"
    queue_root: ClassVar[str] = "queue.v1"

    lane: str
    priority: Priority = DEFAULT_PRIORITY

    @classmethod
    def subject_filter(cls, asset_id: str = "*", lane: str = "*") -> str:
        """Return the subject filter for this kind of task in one lane or in all."""
        return f"{cls.root}.{cls.kind().split('.')[0]}.{lane}.*.{asset_id}.>"

    @property
    def subject(self) -> str:
        """Return where workers find it; lane and tenant stand before the asset so that queues can be cut by them."""
        noun = self.kind().split(".")[0]
        return ".".join((self.root, noun, self.lane, self.tenant, self.asset_id, *self.parts))

    @property
    def queue_subject(self) -> str:
        """Return where it waits for its turn, which is where it is published to."""
        noun = self.kind().split(".")[0]
        return ".".join((self.queue_root, noun, self.lane, self.priority, self.tenant, self.asset_id, *self.parts))


class Task(Work, frozen=True, kw_only=True):
    """Be work on one asset's original under one recipe; with a ``remake``, what was made of it before was refused."""

    recipe: str
    original: Original
    remake: int = 0
