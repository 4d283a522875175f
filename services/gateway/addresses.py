"""Limits of those who show no good credentials, by their address on the network.

Each gateway counts by itself, in memory: what nobody vouches for must not make the database work.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address
from time import monotonic

from services.gateway.principal import AnyConnection
from services.gateway.rates import Rate, exhausted

_IPV6_HOST_BITS = 64


def address_of(connection: AnyConnection) -> str:
    """Return the network address of who asks; of an IPv6 address the half that a provider gives out."""
    host = connection.client.host if connection.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> _IPV6_HOST_BITS << _IPV6_HOST_BITS)}/{_IPV6_HOST_BITS}"


class Addresses:
    """Token buckets of addresses, each on each route; those that were quiet the longest are forgotten."""

    def __init__(self, most: int = 20_000, clock: Callable[[], float] = monotonic) -> None:
        """Remember at most so many buckets."""
        self._most = most
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, address: str, route: str, rate: Rate, headers: Mapping[str, str] | None = None) -> dict[str, str]:
        """Take one request out of a bucket; return headers for the answer. A refusal carries ``headers``, too.

        Raises: Refused: ``rate_limited``.
        """
        now = self._clock()
        tokens, at = self._buckets.pop((address, route), (float(rate.burst), now))
        tokens = min(float(rate.burst), tokens + (now - at) * rate.per_s)
        left = tokens - 1 if tokens >= 1 else tokens
        self._buckets[address, route] = left, now
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        if tokens < 1:
            raise exhausted(rate, tokens, headers)
        return rate.headers(left)
