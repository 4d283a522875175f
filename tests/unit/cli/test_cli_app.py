"""The command line where nothing runs: one line that says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.app import COMMANDS, main

NOT_RUNNING = "headrace: Headrace is not running here: start it with `task up`.\n"


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HEADRACE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HEADRACE_HOME", str(tmp_path / "home"))


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli.app", *argv], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "argv",
    [
        ["status"],
        ["env"],
        ["ls"],
        ["ls", "--json"],
        ["show", "a"],
        ["versions", "a"],
        ["captions", "ls", "a"],
        ["captions", "add", "a", __file__],
        ["watch"],
        ["watch", "a"],
        ["events", "a"],
        ["upload", __file__],
    ],
    ids=" ".join,
)
def test_commands_say_how_to_start_what_they_need(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 1
    assert capsys.readouterr() == ("", NOT_RUNNING)


def test_a_process_ends_with_the_line_and_no_traceback() -> None:
    done = run("ls")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", NOT_RUNNING)


def test_a_stack_that_was_killed_is_not_running(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "lock").touch()
    (home / "stack.json").write_text('{"pid": 1, "pids": {}, "ports": {}, "environment": {}}')
    assert main(["ls"]) == 1
    assert capsys.readouterr().err == NOT_RUNNING


@pytest.mark.parametrize("command", ["upload", "demo"])
def test_a_file_that_is_not_there_is_named(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, str(tmp_path / "lost.mp4")]) == 1
    assert capsys.readouterr() == ("", f"headrace: {tmp_path}/lost.mp4 cannot be read: No such file or directory.\n")


def test_a_folder_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upload", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"headrace: {tmp_path} is a folder; name the files in it.\n"


def test_a_server_that_does_not_answer_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEADRACE_NATS_URL", "nats://127.0.0.1:9")
    monkeypatch.setenv("HEADRACE_GATEWAY_PORT", "9")
    monkeypatch.setenv("HEADRACE_API_KEY", "hr_any")
    assert main(["events", "a"]) == 1
    assert main(["ls"]) == 1
    assert capsys.readouterr().err == (
        "headrace: NATS does not answer at nats://127.0.0.1:9; see `headrace status`.\n"
        "headrace: The gateway does not answer at http://127.0.0.1:9; see `headrace status`.\n"
    )


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HEADRACE_GATEWAY_PORT", "eighty")
    assert main(["ls"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("headrace: HEADRACE_GATEWAY_PORT is wrong: ")
    assert error.count("\n") == 1


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert [name for name in COMMANDS if f"    {name} " not in shown] == []


@pytest.mark.parametrize("argv", [[], ["lost"], ["show"], ["ls", "--state", "lost"]])
def test_wrong_arguments_end_with_status_two(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
