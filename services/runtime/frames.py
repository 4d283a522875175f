"""What a service and its media child say to each other: length-prefixed msgpack on two pipes."""

from typing import Literal

import msgspec

LENGTH_BYTES = 4
IDLE = 20
"""The niceness of work that gets only what nobody else wants; one more than Linux counts."""


class Call(msgspec.Struct, tag="call"):
    """The thing a child is to do; ``function`` is ``module:name``.

    It steps back by ``niceness``, from its first answer on by ``later_niceness``; without ``network`` it connects to
    nothing. A child that ``stays`` does one thing after another, under the limits of the first.
    """

    function: str
    args: list[msgspec.Raw]
    memory_bytes: int
    cpu_s: int
    niceness: int
    later_niceness: int
    network: bool
    stays: bool = False


class Item(msgspec.Struct, tag="item"):
    """One value that a generator yielded."""

    value: msgspec.Raw


class Done(msgspec.Struct, tag="done"):
    """The function returned ``value``."""

    value: msgspec.Raw


class Failed(msgspec.Struct, tag="failed"):
    """The function raised one of our errors."""

    kind: Literal["permanent", "transient"]
    code: str
    message: str


_encoder = msgspec.msgpack.Encoder()
_calls = msgspec.msgpack.Decoder(Call)
_answers: msgspec.msgpack.Decoder[Item | Done | Failed] = msgspec.msgpack.Decoder(Item | Done | Failed)


def frame(message: Call | Item | Done | Failed) -> bytes:
    """Return a message with its length before it."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def decode_call(body: bytes) -> Call:
    """Return the call that a child was sent."""
    return _calls.decode(body)


def decode_answer(body: bytes) -> Item | Done | Failed:
    """Return one answer of a child."""
    return _answers.decode(body)


def packed(value: object) -> msgspec.Raw:
    """Return a value as msgpack."""
    return msgspec.Raw(_encoder.encode(value))
