"""The supervisor: services start, come back, and go with everything that is theirs."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from infra.local.errors import StackError
from infra.local.folder import read_running
from infra.local.stack import Stack
from infra.local.supervisor import ServiceProcess, Supervisor, is_healthy
from infra.local.up import headrace
from tests.processes import processes_with, until

ROOT = Path(__file__).parents[2]
IDLE = "tests.integration.idle_service"
SERVICES = (ServiceProcess("first", IDLE), ServiceProcess("second", IDLE))

RUN_HEADRACE = f"""
import asyncio, sys
from pathlib import Path
from infra.local.supervisor import ServiceProcess
from infra.local.up import up

services = [ServiceProcess("first", "{IDLE}"), ServiceProcess("second", "{IDLE}")]
asyncio.run(up(Path(sys.argv[1]), lambda running: print(running.pid, flush=True), services=services))
print("stopped", flush=True)
"""


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a text in the command line of every service's child."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("CHILD_MARK", str(tmp_path))
    return str(tmp_path)


@asynccontextmanager
async def supervised(stack: Stack, services: tuple[ServiceProcess, ...] = SERVICES) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(stack, services)
    try:
        await supervisor.load()
        await supervisor.start()
        await supervisor.healthy()
        yield supervisor
    finally:
        await supervisor.stop()


def pid(stack: Stack, name: str) -> int | None:
    return stack.running.pids.get(name)


async def test_services_run_with_the_stacks_settings_and_a_log_each(stack: Stack, mark: str) -> None:
    async with supervised(stack):
        running = read_running(stack.folder.path)
        assert running == stack.running
        assert running is not None
        assert {"first", "second"} == set(running.health_ports) <= set(running.pids)
        for name in ("first", "second"):
            line = f"started as __main__ with {stack.settings.nats_url}"
            assert (stack.folder.path / "logs" / f"{name}.log").read_text().splitlines() == [line]
            assert os.getpgid(running.pids[name]) == running.pids[name]
        shown = set(processes_with(IDLE))
        assert {running.pids["first"], running.pids["second"]} == shown


async def test_a_killed_service_comes_back_and_its_children_do_not_stay(stack: Stack, mark: str) -> None:
    async with supervised(stack):
        first, second = pid(stack, "first"), pid(stack, "second")
        children = set(processes_with(mark))
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: pid(stack, "first") not in (None, first))
        await until(lambda: len(processes_with(mark)) == 2 and set(processes_with(mark)) != children)
        assert pid(stack, "second") == second
        assert (running := read_running(stack.folder.path)) is not None
        assert running.pids["first"] == pid(stack, "first")


async def test_services_survive_the_death_of_what_forked_them(stack: Stack, mark: str) -> None:
    async with supervised(stack):
        before = {pid(stack, "first"), pid(stack, "second")}
        (fork_server,) = processes_with("infra.local.fork_server")
        os.kill(fork_server, signal.SIGKILL)
        await until(lambda: not before & {pid(stack, "first"), pid(stack, "second"), None})
        await until(lambda: len(processes_with(mark)) == 2)
        for port in stack.running.health_ports.values():
            while not await is_healthy(port):
                await asyncio.sleep(0.02)


async def test_stopping_leaves_no_process(stack: Stack, mark: str) -> None:
    async with supervised(stack):
        assert len(processes_with(mark)) == 2
    assert processes_with(mark) == {}
    assert processes_with(IDLE) == {}
    assert processes_with("infra.local.fork_server") == {}
