"""What the supervisor and its fork server say to each other, one JSON datagram each."""

import msgspec

MOST_BYTES = 1 << 17


class Order(msgspec.Struct):
    """Start a module as a program; ``environment`` comes on top of the server's own."""

    module: str
    environment: dict[str, str]
    log: str


class Started(msgspec.Struct, tag=True):
    """The ordered process runs."""

    pid: int


class Ended(msgspec.Struct, tag=True):
    """A process has ended, with a negative status for a signal."""

    pid: int
    status: int
