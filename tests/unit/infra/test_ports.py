"""Ports: free ones, configured ones, and SeaweedFS's twins."""

import socket
from collections.abc import Iterator

import pytest

from infra.local.errors import StackError
from infra.local.ports import TWIN_DISTANCE, configured_port, free_port, is_free


@pytest.fixture
def taken() -> Iterator[int]:
    """Return a port that somebody listens on."""
    with socket.create_server(("127.0.0.1", free_port(set()))) as server:
        yield server.getsockname()[1]


def test_a_port_that_somebody_listens_on_is_not_free(taken: int) -> None:
    assert not is_free(taken)


def test_a_port_whose_twin_is_taken_is_not_free() -> None:
    port = free_port(set(), twin=True)
    with socket.create_server(("127.0.0.1", port + TWIN_DISTANCE)):
        assert is_free(port)
        assert not is_free(port, twin=True)


def test_ports_stay_below_those_of_outgoing_connections() -> None:
    assert max(free_port(set()) for _ in range(50)) < 32_768
    assert max(free_port(set(), twin=True) for _ in range(50)) + TWIN_DISTANCE < 32_768


def test_a_port_given_out_before_is_not_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter([15_000, 15_000, 15_001])
    monkeypatch.setattr("infra.local.ports._random.randint", lambda first, last: next(numbers))
    monkeypatch.setattr("infra.local.ports.is_free", lambda port, twin: True)
    assert free_port({15_000}) == 15_001


def test_a_port_whose_twin_was_given_out_before_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter([15_000, 15_001])
    monkeypatch.setattr("infra.local.ports._random.randint", lambda first, last: next(numbers))
    monkeypatch.setattr("infra.local.ports.is_free", lambda port, twin: True)
    assert free_port({15_000 + TWIN_DISTANCE}, twin=True) == 15_001


def test_a_configured_port_is_taken_as_it_is() -> None:
    port = free_port(set())
    assert configured_port("HEADRACE_NATS_PORT", str(port)) == port


@pytest.mark.parametrize(
    ("value", "twin"), [("0", False), ("65536", False), ("nats", False), ("-1", False), ("55536", True)]
)
def test_what_is_no_port_is_refused(value: str, twin: bool) -> None:
    with pytest.raises(StackError, match=rf"^HEADRACE_NATS_PORT={value} is no port; give a number from 1 to \d+\.$"):
        configured_port("HEADRACE_NATS_PORT", value, twin=twin)


def test_a_configured_port_that_is_taken_is_refused(taken: int) -> None:
    with pytest.raises(StackError, match=f"^Port {taken} .HEADRACE_NATS_PORT. is taken; free it or set"):
        configured_port("HEADRACE_NATS_PORT", str(taken))
