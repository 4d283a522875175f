import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import msgspec
import pytest

from contracts.v1 import Rational
from services.runtime import landlock
from services.runtime.children import MediaChildren
from services.runtime.confinement import Confinement
from services.runtime.errors import HeadraceError, Permanent, Transient
from services.runtime.frames import IDLE
from tests.processes import PATIENCE_S
from tests.unit.runtime import media_samples as samples

ROOT = Path(__file__).parents[3]
KERNEL = landlock.abi()
"""What the kernel of this machine can refuse: reading from 1 on, connecting from 4 on, signalling from 6 on."""


@pytest.fixture
async def media() -> AsyncIterator[MediaChildren]:
    children = MediaChildren("tests.unit.runtime.media_samples", memory_bytes=2 << 30, confinement=Confinement())
    yield children
    await children.close()


@contextmanager
def listening() -> Iterator[int]:
    """Listen on a port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def gone(pid: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while alive(pid):
            await asyncio.sleep(0.01)


async def test_values_come_back_as_the_types_that_the_function_states(media: MediaChildren) -> None:
    assert await media.run(samples.double, Rational(24000, 1001), deadline_s=20) == Rational(48000, 1001)


async def test_a_generators_items_come_one_by_one(media: MediaChildren) -> None:
    assert [item async for item in media.stream(samples.count, 3, deadline_s=20)] == [b"\0", b"\1", b"\2"]


async def test_a_child_has_no_credentials_in_its_environment(
    media: MediaChildren, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_STORE_SECRET_KEY", "secret")
    assert not [name for name in await media.run(samples.environment, deadline_s=20) if "HEADRACE" in name]


@pytest.mark.parametrize(
    ("function", "deadline_s", "expected"),
    [
        (samples.hang, 0.5, Permanent("media_too_slow", "")),
        (samples.crash, 20, Permanent("media_crashed", "")),
        (samples.be_killed, 20, Transient("media_killed", "")),
        (samples.refuse, 20, Permanent("no_good", "Send another.")),
        (samples.stumble, 20, Transient("not_now", "Wait.")),
    ],
)
async def test_every_way_to_fail_has_its_error(
    media: MediaChildren, function: Callable[[], None], deadline_s: float, expected: HeadraceError
) -> None:
    with pytest.raises(type(expected)) as raised:
        await media.run(function, deadline_s=deadline_s)
    assert raised.value.code == expected.code
    assert raised.value.message.startswith(expected.message)


async def test_memory_has_a_limit(media: MediaChildren) -> None:
    with pytest.raises(Permanent, match="media_too_large"):
        await media.run(samples.take_memory, 4 << 30, deadline_s=20)


async def test_a_child_cannot_write_files(media: MediaChildren, tmp_path: Path) -> None:
    with pytest.raises(HeadraceError):
        await media.run(samples.write_file, str(tmp_path / "file"), deadline_s=20)
    assert not (tmp_path / "file").exists() or (tmp_path / "file").stat().st_size == 0


async def test_a_child_reads_code_and_nothing_else(media: MediaChildren, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for path in (secret, tmp_path, Path("/etc/passwd"), Path(f"/proc/{os.getpid()}/environ"), ROOT, ROOT / "README.md"):
        assert await media.run(samples.may_read, str(path), deadline_s=20) is (KERNEL < 1)
    for code in (samples.__file__, os.__file__, msgspec.__file__):
        assert await media.run(samples.may_read, code, deadline_s=20) is True


async def test_a_child_connects_to_the_port_that_it_is_given_and_to_that_alone() -> None:
    with listening() as store, listening() as other:
        children = MediaChildren(
            "tests.unit.runtime.media_samples", memory_bytes=2 << 30, confinement=Confinement(ports=[store])
        )
        assert await children.run(samples.may_connect, store, deadline_s=20) is True
        assert await children.run(samples.may_connect, other, deadline_s=20) is (KERNEL < 4)
        assert await children.run(samples.may_connect, store, deadline_s=20, network=False) is (KERNEL < 4)
        await children.close()


async def test_a_child_cannot_signal_its_parent_and_its_siblings(media: MediaChildren) -> None:
    async with aclosing(media.stream(samples.count_then_sleep, 600, deadline_s=600)) as sibling:
        pid = await anext(sibling)
        for process in (pid, os.getpid(), os.getppid()):
            assert await media.run(samples.may_signal, process, deadline_s=20) is (KERNEL < 6)
        assert alive(pid)


async def test_what_a_library_prints_does_not_mix_with_answers(media: MediaChildren) -> None:
    assert await media.run(samples.chatter, deadline_s=20) == "said"


async def test_a_failed_child_does_not_disturb_the_next(media: MediaChildren) -> None:
    with pytest.raises(Permanent):
        await media.run(samples.crash, deadline_s=20)
    assert await media.run(samples.double, Rational(1, 2), deadline_s=20) == Rational(2, 2)


async def test_a_child_dies_when_its_task_is_cancelled(media: MediaChildren) -> None:
    pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        async with aclosing(media.stream(samples.count_then_sleep, 600, deadline_s=600)) as items:
            async for item in items:
                pid.set_result(item)

    task = asyncio.create_task(work())
    child = await pid
    assert alive(child)
    task.cancel()
    await gone(child)


async def test_a_child_dies_when_its_consumer_gives_up_in_the_middle(media: MediaChildren) -> None:
    async def work() -> int:
        async with aclosing(media.stream(samples.count_then_sleep, 600, deadline_s=600)) as items:
            async for item in items:
                return item
        raise AssertionError

    assert not alive(await work())


async def test_a_child_that_is_nicer_leaves_a_core_to_one_that_is_less_so(media: MediaChildren) -> None:
    core, urgent_s, patient_s = min(os.sched_getaffinity(0)), 0.0, 0.0
    for length_s in (3.0, 30.0):
        until = time.monotonic() + length_s
        urgent_s, patient_s = await asyncio.gather(
            media.run(samples.compete, core, until, deadline_s=60, niceness=0),
            media.run(samples.compete, core, until, deadline_s=60, niceness=10),
        )
        # Where a machine is slow, the time may be over before it was begun with.
        if urgent_s > 0.5:
            break
    assert urgent_s > 2 * patient_s


async def test_idle_work_leaves_the_processor_to_everybody_else(media: MediaChildren) -> None:
    assert await media.run(samples.patience, deadline_s=20, niceness=IDLE) == [19, os.SCHED_IDLE]
    assert await media.run(samples.patience, deadline_s=20, niceness=19) != [19, os.SCHED_IDLE]


async def test_a_child_steps_back_once_it_has_given_something(media: MediaChildren) -> None:
    own = os.nice(0)
    given = [item async for item in media.stream(samples.niceness_twice, deadline_s=20, niceness=1, later_niceness=7)]
    assert given == [own + 1, own + 7]
