"""What a fault is: a name, how to inject it, and what it needs of the stack."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from tests.chaos.world import World

Strike = Callable[[World, Random, int], Awaitable[float]]
"""Injects a fault while a batch of uploads is under way, heals it unless the stack does so itself, and returns from
when on recovery counts, in seconds since 1970. Takes how many injections there were before.

Raises: AssertionError: something does not hold that this fault alone can see.
"""


@dataclass(frozen=True)
class Fault:
    """A row of the table; ``replicas`` are services of which there is one more.

    With ``room_bytes`` the stack has a volume of its own, of that size, which takes root to mount.
    """

    slug: str
    title: str
    strike: Strike
    injections: int = 10
    replicas: tuple[str, ...] = ()
    room_bytes: int = 0
    webhooks: bool = True
    """Whether webhooks owe every event: what forgets them does not."""
