"""Which durable takes which message, as NATS matches subjects."""

from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest
from faststream.nats.subscriber.usecases.stream_pull_subscriber import PullStreamSubscriber

from contracts.again import is_again
from contracts.codec import decode
from contracts.v1 import EncodeVideo
from infra.local.supervisor import NAMES
from infra.nats.stream import Stream
from infra.nats.topology import MEDIA, TASKS, TOPOLOGY

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden"

TAKERS = {
    "asset.ingested": ["probe"],
    "asset.probed": ["plan"],
    "asset.planned": ["plan_overdue"],
    "chunk.encoded": ["package", "withdraw"],
    "copy.refused": ["plan_again", "withdraw"],
    "thumbnail.made": ["finalize", "withdraw"],
    "asset.playable": [],
    "asset.packaged": ["finalize"],
    "asset.ready": ["measure_quality"],
    "complexity.measured": ["plan_refine"],
    "quality.measured": [],
    "asset.failed": ["withdraw"],
    "poster.made": ["withdraw"],
    "poster.refused": ["withdraw"],
    "download.made": ["withdraw"],
    "download.failed": ["withdraw"],
    "encode.audio": ["encode_audio"],
    "encode.copy": ["encode_copy"],
    "probe.original": ["probe_original"],
    "thumbnail.make": ["thumbnail"],
    "measure.complexity": ["measure_complexity"],
    "transcribe.audio": ["transcribe"],
}


def matches(subject: str, pattern: str) -> bool:
    tokens, wanted = subject.split("."), pattern.split(".")
    if wanted[-1] == ">":
        return len(tokens) >= len(wanted) and matches(".".join(tokens[: len(wanted) - 1]), ".".join(wanted[:-1]))
    return len(tokens) == len(wanted) and all(b in ("*", a) for a, b in zip(tokens, wanted, strict=True))


def takers(stream: Stream, subject: str) -> list[str]:
    return [
        durable.name for durable in stream.durables if any(matches(subject, one) for one in stream.filters(durable))
    ]


@pytest.mark.parametrize("kind", TAKERS)
def test_each_kind_goes_to_the_services_that_follow_it(kind: str) -> None:
    subject = decode((GOLDEN / f"{kind}.json").read_bytes()).subject
    assert takers(MEDIA, subject) + takers(TASKS, subject) == TAKERS[kind]


@pytest.mark.parametrize("lane", ["head", "bulk"])
def test_each_lane_of_encoding_has_a_queue_of_its_own(lane: str) -> None:
    task = decode((GOLDEN / "encode.video.json").read_bytes())
    assert isinstance(task, EncodeVideo)
    subject = task.subject.replace(f".{task.lane}.", f".{lane}.", 1)
    assert takers(TASKS, subject) == [f"encode_{lane}"]


@pytest.mark.parametrize("durable", [durable.name for durable in MEDIA.durables])
def test_what_is_delivered_again_goes_to_one_durable(durable: str) -> None:
    subject = MEDIA.again(durable, "media.v1.asset.retried.a.e1")
    assert is_again(subject)
    assert takers(MEDIA, subject) == [durable]
    assert MEDIA.again(durable, subject) == subject


def test_each_durable_names_the_service_that_reads_it() -> None:
    read = set()
    for name in NAMES:
        build = import_module(f"services.{name}.app").build
        service = build(get_type_hints(build)["settings"]())
        read |= {
            (bound.config.durable_name, name)
            for bound in service.broker.subscribers
            if isinstance(bound, PullStreamSubscriber)
        }
    # It reads its letters by hand.
    read.add(("trouble", "notify"))
    assert read == {(durable.name, durable.service) for stream in TOPOLOGY for durable in stream.durables}
