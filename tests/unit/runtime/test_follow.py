"""Silence of a stream means its end, unless something is on its way or was lost."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from nats.js import JetStreamContext

from services.runtime.errors import Transient
from services.runtime.follow import _check_quiet


def quiet(*, delivered: int, pending_msgs: int, num_pending: int = 0) -> "JetStreamContext.PushSubscription":
    async def consumer_info() -> Any:
        return SimpleNamespace(num_pending=num_pending, delivered=SimpleNamespace(stream_seq=delivered))

    stub = SimpleNamespace(pending_msgs=pending_msgs, consumer_info=consumer_info)
    return cast("JetStreamContext.PushSubscription", stub)


async def test_the_end_of_a_stream_is_quiet() -> None:
    await _check_quiet(quiet(delivered=5, pending_msgs=0), after=5)


async def test_what_comes_while_the_server_is_asked_was_not_lost() -> None:
    await _check_quiet(quiet(delivered=6, pending_msgs=1), after=5)


@pytest.mark.parametrize(("delivered", "num_pending"), [(6, 0), (5, 1)])
async def test_what_was_sent_and_is_not_here_was_lost(delivered: int, num_pending: int) -> None:
    with pytest.raises(Transient, match="log_interrupted"):
        await _check_quiet(quiet(delivered=delivered, pending_msgs=0, num_pending=num_pending), after=5)
