"""A dead letter, for those who list, replay and drop them."""

from contracts.v1 import DeadLetter

LETTER = DeadLetter(
    reason="exhausted",
    service="thumbnail",
    code="store_unavailable",
    message="Check the store. It was tried 4 times.",
    stream="TASKS",
    source_subject="task.v1.thumbnail.head.acme.a.r",
    sequence=7,
    deliveries=4,
    payload=b'{"type":"thumbnail.make"}',
    asset_id="a",
    durable="thumbnail",
)
