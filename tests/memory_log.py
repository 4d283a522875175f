"""A log in memory, for handlers that read it back."""

from collections.abc import Awaitable, Callable, Mapping

from nats.js.errors import APIError

from contracts.v1 import AssetPlayable, Fact


class MemoryLog:
    """Holds the given facts; ``after_reading`` lets others act between a replica's reading and its writing."""

    def __init__(self, *facts: Fact) -> None:
        self.held = list(facts)
        self.after_reading: Callable[[], Awaitable[None]] | None = None

    async def facts(self, asset_id: str, *kinds: type[Fact]) -> list[Fact]:
        last = {fact.subject: fact for fact in self.held if fact.asset_id == asset_id and isinstance(fact, kinds)}
        found = [fact for fact in self.held if last.get(fact.subject) is fact]
        if AssetPlayable in kinds and self.after_reading is not None:
            others, self.after_reading = self.after_reading, None
            await others()
        return found

    async def last_sequence(self, subject_filter: str) -> int:
        # Kinds stand where the filter has an asterisk.
        root, _, rest = subject_filter.removesuffix(">").partition("*.")
        numbers = [
            number
            for number, fact in enumerate(self.held, 1)
            if fact.subject.startswith(root) and f".{rest}" in fact.subject
        ]
        return max(numbers, default=0)

    async def publish(self, fact: Fact, headers: Mapping[str, str]) -> int:
        """Take a fact as the stream does: only if the last one that matches is the one that is expected."""
        wanted = int(headers["Nats-Expected-Last-Subject-Sequence"])
        if await self.last_sequence(headers["Nats-Expected-Last-Subject-Sequence-Subject"]) != wanted:
            raise APIError(code=400, err_code=10071)
        self.held.append(fact)
        return len(self.held)

    async def known(self, kind: type[Fact], asset_id: str) -> bool:
        return bool(await self.stated(kind.subject_filter(asset_id)))

    async def stated(self, subject_filter: str) -> set[str]:
        prefix = subject_filter.removesuffix(">")
        return {fact.subject for fact in self.held if fact.subject.startswith(prefix)}
