"""Limits of addresses: each has its own, and a provider's half of an IPv6 address is one of them."""

from typing import Any

import pytest
from litestar.testing import RequestFactory

from services.gateway.addresses import Addresses, address_of
from services.gateway.rates import Rate
from services.gateway.refusals import Refused

RATE = Rate("address", burst=2, per_s=1.0)


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def taken(addresses: Addresses, address: str, route: str = "play") -> bool:
    try:
        addresses.take(address, route, RATE)
    except Refused:
        return False
    return True


def test_a_bucket_is_empty_after_its_burst_and_fills_again() -> None:
    clock = Clock()
    addresses = Addresses(clock=clock)
    assert [taken(addresses, "a") for _ in range(3)] == [True, True, False]
    clock.now_s += 1.0
    assert [taken(addresses, "a") for _ in range(2)] == [True, False]


def test_addresses_and_routes_have_buckets_of_their_own() -> None:
    addresses = Addresses(clock=Clock())
    assert [taken(addresses, "a") for _ in range(3)] == [True, True, False]
    assert taken(addresses, "b")
    assert taken(addresses, "a", "other")


def test_a_refusal_says_when_to_come_back_and_carries_what_its_reader_needs() -> None:
    addresses = Addresses(clock=Clock())
    addresses.take("a", "play", RATE)
    assert addresses.take("a", "play", RATE)["RateLimit"] == '"address";r=0;t=2'
    with pytest.raises(Refused, match="rate_limited") as refused:
        addresses.take("a", "play", RATE, {"Access-Control-Allow-Origin": "*"})
    assert refused.value.headers["Retry-After"] == "1"
    assert refused.value.headers["Access-Control-Allow-Origin"] == "*"


def test_no_more_buckets_are_remembered_than_there_may_be() -> None:
    addresses = Addresses(most=2, clock=Clock())
    assert [taken(addresses, "a") for _ in range(2)] == [True, True]
    for other in "bc":
        taken(addresses, other)
    assert taken(addresses, "a")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "unknown"),
    ],
)
def test_an_ipv6_address_counts_by_the_half_that_is_given_out(host: str, address: str) -> None:
    connection: Any = RequestFactory().get("/")
    connection.scope["client"] = (host, 1)
    assert address_of(connection) == address
