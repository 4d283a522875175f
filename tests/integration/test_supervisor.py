"""The supervisor: services start, come back, and go with everything that is theirs."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from infra.local.errors import StackError
from infra.local.folder import read_running
from infra.local.ports import free_port
from infra.local.stack import Stack
from infra.local.supervisor import ServiceProcess, Supervisor, is_healthy
from tests.processes import PATIENCE_S, processes_with, until

ROOT = Path(__file__).parents[2]
IDLE = "tests.integration.idle_service"
SERVICES = (ServiceProcess("first", IDLE), ServiceProcess("second", IDLE))
CHILD = "time.sleep(600)"

RUN_HEADRACE = f"""
import asyncio, sys
from pathlib import Path
from infra.local.supervisor import ServiceProcess
from infra.local.up import up

services = [ServiceProcess("first", "{IDLE}"), ServiceProcess("second", "{IDLE}")]
asyncio.run(up(Path(sys.argv[1]), lambda running: print("up", flush=True), services=services))
print("stopped", flush=True)
"""


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a text in the environment of everything that a test starts."""
    for name in os.environ:
        if name.startswith("HEADRACE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("TEST_MARK", str(tmp_path))
    return str(tmp_path)


@asynccontextmanager
async def supervised(stack: Stack, services: tuple[ServiceProcess, ...] = SERVICES) -> AsyncIterator[None]:
    supervisor = Supervisor(stack, services)
    try:
        await supervisor.load()
        await supervisor.start()
        await supervisor.healthy()
        yield
    finally:
        await supervisor.stop()


def pids(stack: Stack) -> dict[str, int]:
    return {name: pid for name, pid in stack.running.pids.items() if name in ("first", "second")}


async def test_services_run_with_the_stacks_settings_and_a_log_each(stack: Stack, mark: str) -> None:
    async with supervised(stack):
        running = read_running(stack.folder.path)
        assert running == stack.running
        assert running is not None
        assert set(running.health_ports) == {"first", "second"}
        assert processes_with(mark, f"-m {IDLE}") == set(pids(stack).values())
        for name, pid in pids(stack).items():
            log = (stack.folder.path / "logs" / f"{name}.log").read_text()
            assert log == f"started as __main__ with {stack.settings.nats_url}\n"
            assert os.getpgid(pid) == pid


async def test_a_killed_service_comes_back_and_its_children_do_not_stay(stack: Stack, mark: str) -> None:
    async with supervised(stack):
        before, children = pids(stack), processes_with(mark, CHILD)
        os.kill(before["first"], signal.SIGKILL)
        await until(lambda: pids(stack).get("first", before["first"]) != before["first"])
        await until(lambda: len(processes_with(mark, CHILD)) == 2 and processes_with(mark, CHILD) != children)
        assert pids(stack)["second"] == before["second"]
        running = read_running(stack.folder.path)
        assert running is not None
        assert running.pids["first"] == pids(stack)["first"]


async def test_services_come_back_when_what_forked_them_is_killed(stack: Stack, mark: str) -> None:
    async with supervised(stack):
        before = pids(stack)
        (fork_server,) = processes_with(mark, "infra.local.fork_server")
        os.kill(fork_server, signal.SIGKILL)
        await until(lambda: len(pids(stack)) == 2 and not {*pids(stack).values()} & {*before.values()})
        assert not processes_with(mark) & {*before.values()}
        for port in stack.running.health_ports.values():
            while not await is_healthy(port):
                await asyncio.sleep(0.02)


async def test_stopping_leaves_no_process_even_of_a_service_that_will_not(
    stack: Stack, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.supervisor.SERVICE_GRACE_S", 0.5)
    monkeypatch.setenv("STUBBORN", "1")
    async with supervised(stack):
        assert len(processes_with(mark, CHILD)) == 2
    assert processes_with(mark) == {os.getpid()} & processes_with(mark)


async def test_a_service_that_does_not_get_well_is_named(stack: Stack, mark: str) -> None:
    services = (*SERVICES, ServiceProcess("broken", "tests.integration.no_such_module"))
    with pytest.raises(StackError, match=r"The service broken does not get well; see .*/logs/broken\.log"):
        async with supervised(stack, services):
            raise AssertionError
    assert "No module named" in (stack.folder.path / "logs" / "broken.log").read_text()


async def test_a_service_is_not_well_before_it_listens_where_others_reach_it(
    stack: Stack, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port(set())
    monkeypatch.setitem(stack.environment, "HEADRACE_DOOR_HOST", "127.0.0.1")
    monkeypatch.setitem(stack.environment, "HEADRACE_DOOR_PORT", str(port))
    supervisor = Supervisor(stack, (SERVICES[0], ServiceProcess("served", IDLE, serves="HEADRACE_DOOR")))
    try:
        await supervisor.load()
        await supervisor.start()
        healthy = asyncio.create_task(supervisor.healthy())
        for health_port in stack.health_ports.values():
            while not await is_healthy(health_port):
                await asyncio.sleep(0.02)
        assert (await supervisor._is_well("first"), await supervisor._is_well("served")) == (True, False)
        assert not healthy.done()
        async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port):
            await healthy
    finally:
        await supervisor.stop()


async def test_a_service_without_work_is_not_started(stack: Stack, mark: str) -> None:
    async with supervised(stack, (*SERVICES, ServiceProcess("third", IDLE, needs="HEADRACE_NOT_SET"))):
        assert "third" not in stack.running.pids


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_everything_in_order(tmp_path: Path, mark: str, number: signal.Signals) -> None:
    headrace = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN_HEADRACE, str(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert headrace.stdout is not None
    assert await headrace.stdout.readline() == b"up\n"
    headrace.send_signal(number)
    headrace.send_signal(number)
    async with asyncio.timeout(PATIENCE_S):
        output, errors = await headrace.communicate()
    # On a machine that is busy with other things one of them may have to be killed, which is told.
    told = [line for line in errors.decode().splitlines() if "did not stop within" not in line]
    assert (headrace.returncode, output, told) == (0, b"stopped\n", [])
    assert not processes_with(mark) - {os.getpid()}
    assert read_running(tmp_path) is None


async def test_a_signal_while_everything_starts_stops_it_too(tmp_path: Path, mark: str) -> None:
    headrace = await asyncio.create_subprocess_exec(sys.executable, "-c", RUN_HEADRACE, str(tmp_path))
    await until(lambda: bool(processes_with(mark, "initdb")))
    headrace.terminate()
    assert await headrace.wait() == 0
    assert not processes_with(mark) - {os.getpid()}


async def test_everything_dies_with_a_killed_headrace(tmp_path: Path, mark: str) -> None:
    headrace = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN_HEADRACE, str(tmp_path), stdout=subprocess.PIPE
    )
    assert headrace.stdout is not None
    assert await headrace.stdout.readline() == b"up\n"
    servers = {"nats-server", "postgres", "weed", IDLE}
    assert all(processes_with(mark, command) for command in servers)
    headrace.kill()
    await headrace.wait()
    # A service's own children are its own affair when it is killed: those of the media runtime tie themselves to it.
    await until(lambda: not any(processes_with(mark, command) for command in servers))
    for child in processes_with(mark, CHILD):
        os.kill(child, signal.SIGKILL)
