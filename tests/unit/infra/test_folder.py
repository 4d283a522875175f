"""The folder of a stack: what is made once, what is kept, and who holds it."""

import socket
import stat
from pathlib import Path

import pytest

from infra.local.errors import StackError
from infra.local.folder import Folder, RunningStack, read_running

RUNNING = RunningStack(
    pid=1,
    pids={"nats": 2},
    ports={"nats": 4222},
    environment={"HEADRACE_GATEWAY_HOST": "127.0.0.1", "HEADRACE_GATEWAY_PORT": "8080"},
)


def test_secrets_and_ports_are_made_once_and_kept(tmp_path: Path) -> None:
    first, second = Folder(tmp_path / "new" / "folder", {}), Folder(tmp_path / "new" / "folder", {})
    secret, port = first.secret("nats_password"), first.port("nats")
    assert len(secret) == 40
    assert first.secret("nats_password") == secret != first.secret("store_operator")
    again = Folder(first.path, {})
    assert (again.secret("nats_password"), again.port("nats")) == (secret, port)
    assert again.ports == {"nats": port}
    assert second.path == first.path


def test_a_port_that_somebody_took_meanwhile_is_replaced_for_good(tmp_path: Path) -> None:
    port = Folder(tmp_path, {}).port("nats")
    with socket.create_server(("127.0.0.1", port)):
        other = Folder(tmp_path, {}).port("nats")
    assert other != port
    assert Folder(tmp_path, {}).port("nats") == other


def test_the_preferred_port_is_the_first_choice_of_a_new_folder_only(tmp_path: Path) -> None:
    port, preferred = Folder(tmp_path, {}).port("gateway"), Folder(tmp_path / "new", {}).port("unused")
    assert Folder(tmp_path / "other", {}).port("gateway", preferred=preferred) == preferred
    assert Folder(tmp_path, {}).port("gateway", preferred=preferred) == port


def test_a_configured_port_comes_first(tmp_path: Path) -> None:
    port, configured = Folder(tmp_path, {}).port("nats"), Folder(tmp_path / "new", {}).port("unused")
    assert Folder(tmp_path, {"HEADRACE_NATS_PORT": str(configured)}).port("nats") == configured != port


def test_no_port_is_chosen_that_is_configured_for_another_or_that_is_the_twin_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody listens yet on any of them.
    monkeypatch.setattr("infra.local.ports.is_free", lambda port, twin: True)
    folder = Folder(tmp_path, {"HEADRACE_GATEWAY_PORT": "15000", "HEADRACE_STORE_URL": "http://127.0.0.1:1"})
    numbers = iter([15_000, 15_001, 25_001, 25_000, 15_002, 5_002, 15_003])
    monkeypatch.setattr("infra.local.ports._random.randint", lambda first, last: next(numbers))
    assert folder.port("store", twin=True) == 15_001
    assert folder.port("nats") == 15_002
    assert folder.port("store_filer", twin=True) == 15_003


def test_what_is_secret_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = Folder(tmp_path, {})
    folder.secret("nats_password")
    folder.write_running(RUNNING)
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert {path.name for path in files} == {"state.json", "stack.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(folder.private("nats").stat().st_mode) == 0o700
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o711


def test_the_log_of_the_run_before_is_kept_beside(tmp_path: Path) -> None:
    folder = Folder(tmp_path, {})
    folder.log("nats").write_text("first")
    folder.log("nats").write_text("second")
    logs = tmp_path / "logs"
    assert {path.name: path.read_text() for path in logs.iterdir()} == {"nats.log": "second", "nats.log.1": "first"}


def test_only_one_holds_a_folder_at_a_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path, {})
    with folder.locked(), pytest.raises(StackError, match="runs already in"), Folder(tmp_path, {}).locked():
        raise AssertionError
    with folder.locked():
        pass


def test_what_runs_is_read_while_the_folder_is_held(tmp_path: Path) -> None:
    folder = Folder(tmp_path, {})
    assert read_running(tmp_path) is None
    with folder.locked():
        assert read_running(tmp_path) is None
        folder.write_running(RUNNING)
        assert read_running(tmp_path) == RUNNING
    assert read_running(tmp_path) is None
    assert read_running(tmp_path / "nowhere") is None


def test_what_runs_knows_where_the_gateway_is() -> None:
    assert RUNNING.gateway_url == "http://127.0.0.1:8080"
