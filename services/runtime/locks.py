"""The advisory locks of the database: each has its number here, so that no two can have the same."""

from enum import IntEnum, unique


@unique
class Lock(IntEnum):
    """What one process does at a time, whichever service it is of."""

    SCHEMA = 4823
    WEBHOOK_QUEUE = 4824
    UPLOAD_SWEEP = 4825
