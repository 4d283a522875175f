"""The durables of Headrace as operators speak of them, and the way back to each for what it could not handle."""

import msgspec

from contracts.codec import decode
from contracts.v1 import DeadLetter, Work
from infra.nats.topology import TOPOLOGY
from services.operate.decide import Bound
from services.operate.refusals import Refused

DURABLES: dict[Bound, tuple[str, ...]] = {
    (stream.name, durable.name, durable.service): durable.subjects for stream in TOPOLOGY for durable in stream.durables
}


def way_back(letter: DeadLetter) -> str:
    """Return the subject on which a letter's message is handled again: work waits for its turn, a fact goes to one.

    Raises: Refused: ``stream_missing``, ``durable_missing``.
    """
    stream = next((stream for stream in TOPOLOGY if stream.name == letter.stream), None)
    if stream is None:
        raise Refused(409, "stream_missing", f"There is no stream {letter.stream} any more; drop the letter.")
    if not stream.is_shared:
        return _queued(letter) or letter.source_subject
    if letter.durable not in {durable.name for durable in stream.durables}:
        message = f"Whose delivery failed is not known ({letter.durable or 'it is an old letter'})"
        raise Refused(409, "durable_missing", f"{message}; retry the asset, then drop the letter.")
    return stream.again(letter.durable, letter.source_subject)


def _queued(letter: DeadLetter) -> str | None:
    try:
        message = decode(letter.payload)
    except msgspec.DecodeError:
        return None
    return message.queue_subject if isinstance(message, Work) else None
