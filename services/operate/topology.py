"""The durables of Headrace as operators speak of them: each with its stream, its reader and what it takes."""

from infra.nats.topology import TOPOLOGY, Stream
from services.operate.decide import Bound

DURABLES: dict[Bound, tuple[str, ...]] = {
    (stream.name, durable.name, durable.service): durable.subjects for stream in TOPOLOGY for durable in stream.durables
}


def stream_named(name: str) -> Stream | None:
    """Return a stream of Headrace."""
    return next((stream for stream in TOPOLOGY if stream.name == name), None)
