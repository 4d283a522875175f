"""What the supervisor orders of its fork server."""

import msgspec


class Order(msgspec.Struct):
    """Start a module as a program; ``environment`` comes on top of the server's own."""

    module: str
    environment: dict[str, str]
    log: str
