"""What ``headrace status`` makes of services that take no work."""

import io

from rich.console import Console, Group

from services.cli.commands.status import Answer, pauses
from services.cli.health import Member

FULL = "Only 1 GiB is free at /data; free some space."


def member(name: str, paused: str | None = None) -> Member:
    return Member(name, "up", pid=1, address="", paused=paused)


def answer(*services: Member) -> Answer:
    return Answer(servers=[], services=list(services), streams=[], dead=[])


def test_each_reason_is_told_once_with_the_services_that_wait_for_it() -> None:
    told = io.StringIO()
    paused = answer(member("probe", FULL), member("withdraw"), member("ingest", FULL), member("plan", "Away."))
    Console(file=told, width=200).print(Group(*pauses(paused)))
    assert told.getvalue().splitlines() == [
        f"No work is taken by probe, ingest: {FULL}", "", "No work is taken by plan: Away.", "",
    ]  # fmt: skip


def test_a_service_that_takes_no_work_is_up_and_not_well() -> None:
    assert answer(member("probe")).is_well
    assert not answer(member("probe", FULL)).is_well
