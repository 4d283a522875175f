"""Which tasks wait, or are worked on: a task leaves its queue only when what it led to is in the log.

A task is named by what its subject ends with: ``<noun>.<asset_id>.<recipe>`` and, of encoding, its part;
``<noun>.<asset_id>.asset`` where it has no recipe.
"""

from collections.abc import Iterable

from nats.js import JetStreamContext

STREAMS = ("QUEUE", "TASKS")
"""The streams that tasks lie in, in the order of their way: each is in the second before it leaves the first."""

_NOUN = 2
_TOKENS = {"encode": 3, "remux": 3}
_FEWEST_TOKENS = 2


async def queued(js: JetStreamContext) -> frozenset[str]:
    """Return the names of all tasks that wait or are worked on.

    Raises: nats.errors.Error: the server is away.
    """
    found: set[str] = set()
    for stream in STREAMS:
        info = await js.stream_info(stream, subjects_filter=">")
        found |= named(info.state.subjects or ())
    return frozenset(found)


def named(subjects: Iterable[str]) -> set[str]:
    """Return the names of the tasks that have these subjects."""
    return {name_of(subject) for subject in subjects}


def name_of(subject: str) -> str:
    """Return the name of the task that has a subject."""
    tokens = subject.split(".")
    return ".".join([tokens[_NOUN], *tokens[-_TOKENS.get(tokens[_NOUN], _FEWEST_TOKENS) :]])
