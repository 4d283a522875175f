"""Ports on loopback: free ones, or those that are configured."""

import random
import socket

from infra.local.errors import StackError

# Linux takes the ports of outgoing connections from 32768 upwards.
_FIRST, _LAST = 10_000, 32_000
# SeaweedFS serves gRPC on the port of each HTTP server plus this.
TWIN_DISTANCE = 10_000

_random = random.SystemRandom()


def is_free(port: int, *, twin: bool = False) -> bool:
    """Tell whether nobody listens on a port, and with ``twin`` neither on its gRPC twin."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier server that linger in TIME_WAIT are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return not twin or is_free(port + TWIN_DISTANCE)


def free_port(taken: set[int], *, twin: bool = False) -> int:
    """Return a free port that is not in ``taken``, and with ``twin`` neither is its gRPC twin."""
    last = _LAST - TWIN_DISTANCE if twin else _LAST
    while True:
        port = _random.randint(_FIRST, last)
        wanted = {port, port + TWIN_DISTANCE} if twin else {port}
        if not wanted & taken and is_free(port, twin=twin):
            return port


def configured_port(variable: str, value: str, *, twin: bool = False) -> int:
    """Return the port that a variable asks for.

    Raises: StackError: it is no port, or somebody has it.
    """
    highest = 65_535 - (TWIN_DISTANCE if twin else 0)
    if not value.isdecimal() or not 0 < int(value) <= highest:
        raise StackError(f"{variable}={value} is no port; give a number from 1 to {highest}.")
    if not is_free(int(value), twin=twin):
        also = f" or its twin {int(value) + TWIN_DISTANCE}" if twin else ""
        raise StackError(f"Port {value}{also} ({variable}) is taken; free it or set {variable} to another.")
    return int(value)
