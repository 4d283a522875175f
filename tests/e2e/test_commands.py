"""The README's commands, as a newcomer types them, each with a folder and ports of its own."""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from infra.local.ports import free_port
from infra.local.stack import PARTS
from infra.local.supervisor import SERVICES
from tests.media import make_clip

ROOT = Path(__file__).parents[2]
HEADRACE = Path(sys.executable).with_name("headrace")
# All servers and services start meanwhile.
PATIENCE_S = 240


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADRACE_")}
    return {**kept, "HEADRACE_HOME": str(tmp_path / "home"), "HEADRACE_GATEWAY_PORT": str(free_port(set()))}


@asynccontextmanager
async def started(*command: str | Path, environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def seen(process: asyncio.subprocess.Process, text: str) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        while text not in (line := (await process.stdout.readline()).decode()):
            assert line, f"the command ended before it said {text!r}"


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_to_task_up_stops_everything_and_leaves_the_data(
    number: signal.Signals, environment: dict[str, str]
) -> None:
    task = shutil.which("task")
    assert task is not None
    home = Path(environment["HEADRACE_HOME"])
    async with started(task, "up", environment=environment) as process:
        await seen(process, "Headrace is up")
        pids = list(json.loads((home / "stack.json").read_text())["pids"].values())
        assert len(pids) == len(PARTS) + len(SERVICES)
        assert all(alive(pid) for pid in pids)
        # SIGTERM comes to the one process, Ctrl-C to all of the terminal's.
        (os.kill if number is signal.SIGTERM else os.killpg)(process.pid, number)
        async with asyncio.timeout(PATIENCE_S):
            await process.communicate()
    assert not [pid for pid in pids if alive(pid)]
    assert not (home / "stack.json").exists()
    assert (home / "objects").is_dir()


async def test_demo_of_a_file_ends_well_when_the_asset_is_ready(environment: dict[str, str], tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a clip.mp4", width=320, height=180, frames=50, beeps_s=[0.5])
    async with started(HEADRACE, "demo", clip, "--json", environment=environment) as process:
        async with asyncio.timeout(PATIENCE_S):
            output, _ = await process.communicate()
        assert process.returncode == 0
    assert json.loads(output)["state"] == "ready"


async def test_demo_of_a_file_that_is_no_media_ends_badly(environment: dict[str, str], tmp_path: Path) -> None:
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear sir, " * 100)
    async with started(HEADRACE, "demo", letter, environment=environment) as process:
        async with asyncio.timeout(PATIENCE_S):
            output, _ = await process.communicate()
        assert process.returncode == 1
    assert b"Traceback" not in output
