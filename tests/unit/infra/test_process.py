"""Processes that are kept: started again when they end, ended when they do not stop, and tied to us."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from infra.local.errors import StackError
from infra.local.process import Kept, launch, pause_after
from services.runtime.forks import Running
from tests.processes import processes_with, until

ASLEEP = "echo up; exec sleep 600"
STUBBORN = "trap '' TERM; echo up; while :; do sleep 600; done"

LAUNCH_AND_WAIT = """
import asyncio, sys
from pathlib import Path
from infra.local.process import launch
from services.runtime.forks import Running

async def main():
    process = await launch(["sh", "-c", sys.argv[2]], log=Path(sys.argv[1]))
    print(process.pid, flush=True)
    await process.wait()

asyncio.run(main())
"""


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a text in the environment of every process that the test starts."""
    monkeypatch.setenv("TEST_MARK", str(tmp_path))
    return str(tmp_path)


def running(log: Path, script: str) -> Callable[[], Awaitable[Running]]:
    return lambda: launch(["sh", "-c", script], log=log)


def is_up(log: Path) -> bool:
    return log.exists() and log.read_text().endswith("up\n")


@pytest.mark.parametrize(
    ("lived_s", "last_pause_s", "pause_s"),
    [(0.0, 0.0, 0.2), (0.0, 0.2, 0.4), (9.0, 0.4, 0.8), (0.0, 3.2, 5.0), (0.0, 5.0, 5.0), (11.0, 5.0, 0.2)],
)
def test_pauses_grow_until_a_process_has_lived_a_while(lived_s: float, last_pause_s: float, pause_s: float) -> None:
    assert pause_after(lived_s, last_pause_s) == pause_s


async def test_a_process_that_ends_is_started_again_and_its_pid_told(tmp_path: Path, mark: str) -> None:
    told: list[int | None] = []
    kept = Kept("short", running(tmp_path / "log", "exit 3"), lambda: told.append(kept.pid))
    await kept.start()
    await until(lambda: kept.exits == 2)
    await kept.stop()
    assert told[1::2] == [None] * (len(told) // 2)
    assert len(set(told[::2])) == len(told[::2]) >= 2
    assert not processes_with(mark) - {os.getpid()}


async def test_a_process_is_asked_to_stop_with_its_signal(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = "trap 'echo asked; exit 0' INT; echo up; while :; do sleep 0.01; done"
    kept = Kept("asked", running(log, script), lambda: None, stop_signal=signal.SIGINT)
    await kept.start()
    await until(lambda: is_up(log))
    await kept.stop()
    assert log.read_text() == "up\nasked\n"
    assert kept.pid is None


async def test_a_process_that_does_not_stop_is_killed_with_its_children(tmp_path: Path, mark: str) -> None:
    log = tmp_path / "log"
    kept = Kept("stubborn", running(log, STUBBORN), lambda: None, grace_s=0.2)
    await kept.start()
    await until(lambda: is_up(log) and len(processes_with(mark) - {os.getpid()}) == 2)
    await kept.stop()
    await until(lambda: not processes_with(mark) - {os.getpid()})


async def test_a_program_that_cannot_be_started_just_now_is_tried_again(tmp_path: Path) -> None:
    attempts = 0

    async def spawn() -> Running:
        nonlocal attempts
        attempts += 1
        if attempts == 2:
            raise BlockingIOError("no more processes")
        return await launch(["sh", "-c", "exit 0" if attempts == 1 else ASLEEP], log=tmp_path / "log")

    kept = Kept("unlucky", spawn, lambda: None)
    await kept.start()
    await until(lambda: attempts == 3 and kept.pid is not None)
    await kept.stop()


async def test_a_kept_process_has_a_group_of_its_own_and_private_files(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = await launch(["sh", "-c", f"touch {tmp_path}/file; {ASLEEP}"], log=log)
    await until(lambda: is_up(log))
    assert os.getpgid(process.pid) == process.pid != os.getpgid(0)
    assert (tmp_path / "file").stat().st_mode & 0o077 == 0
    os.kill(process.pid, signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL


async def test_a_process_dies_with_whoever_launched_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LAUNCH_AND_WAIT, str(log), ASLEEP, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    # The tie is there before the command is.
    await until(lambda: is_up(log))
    parent.kill()
    await parent.wait()
    await until(lambda: pid not in processes_with("sleep"))


async def test_a_machine_without_setpriv_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match="install the package util-linux"):
        await launch(["true"], log=tmp_path / "log")
