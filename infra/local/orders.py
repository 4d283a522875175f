"""What the supervisor orders of its fork server."""

import msgspec


class Order(msgspec.Struct):
    """Start a module as a program; ``environment`` are all of its ``HEADRACE_*`` settings."""

    module: str
    environment: dict[str, str]
    log: str
