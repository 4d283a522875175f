"""The ``.headrace/`` folder of one stack: its lock, secrets, ports, logs, and what runs now.

``state.json``  secrets and ports, made once and kept
``stack.json``  what runs now, for the command line; gone when the stack is stopped
``admin-key``   the operator's API key
``lock``        held while the stack runs
``logs/``       one file per process, and one of the run before
``nats/ postgres/ objects/``  the servers' data

All that is secret has mode 600. The folder itself can be entered, not listed, by others: PostgreSQL refuses to run as
root, and then enters it as another user.
"""

import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from infra.local.errors import StackError
from infra.local.ports import TWIN_DISTANCE, configured_port, free_port, is_free

_PORT = re.compile("HEADRACE_[A-Z_]+_PORT")


class RunningStack(msgspec.Struct, frozen=True, kw_only=True):
    """What runs now: the content of ``stack.json``.

    ``pid`` is the process that keeps the others; ``pids`` are those, by name, without the ones that are down just now.
    ``environment`` are the ``HEADRACE_*`` settings of users here, credentials included; services have their own.
    """

    pid: int
    pids: dict[str, int]
    ports: dict[str, int]
    health_ports: dict[str, int] = {}
    environment: dict[str, str]

    @property
    def gateway_url(self) -> str:
        """Return the base URL of the gateway."""
        return f"http://{self.environment['HEADRACE_GATEWAY_HOST']}:{self.environment['HEADRACE_GATEWAY_PORT']}"


class _State(msgspec.Struct):
    secrets: dict[str, str] = {}
    ports: dict[str, int] = {}


class Folder:
    """A stack's folder; made with what it lacks."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        """Use a folder; ``environment`` may configure ports as ``HEADRACE_<NAME>_PORT``."""
        self.path = path.resolve()
        self._environment = environment
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o711)
        self._state_path = self.path / "state.json"
        self._state = _State()
        if self._state_path.exists():
            self._state = msgspec.json.decode(self._state_path.read_bytes(), type=_State)
        self._chosen: dict[str, int] = {}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other stack away from the folder.

        Raises: StackError: another stack has it.
        """
        file = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _lock(file):
                owner = os.read(file, 20).decode()
                message = f"Headrace runs already in {self.path} (process {owner}); stop it or use another folder."
                raise StackError(message)
            os.truncate(file, 0)
            os.write(file, str(os.getpid()).encode())
            yield
        finally:
            os.close(file)

    def secret(self, name: str) -> str:
        """Return a secret, made at its first use and kept."""
        if name not in self._state.secrets:
            self._state.secrets[name] = secrets.token_hex(20)
            self._save()
        return self._state.secrets[name]

    def port(self, name: str, *, twin: bool = False, preferred: int | None = None) -> int:
        """Return a port: the configured one, else the one of last time, the preferred one or any, if free."""
        if name in self._chosen:
            return self._chosen[name]
        variable = f"HEADRACE_{name.upper()}_PORT"
        if variable in self._environment:
            port = configured_port(variable, self._environment[variable], twin=twin)
        else:
            candidates = [port for port in (self._state.ports.get(name), preferred) if port is not None]
            port = next((port for port in candidates if is_free(port, twin=twin)), 0)
            port = port or free_port(self._taken(), twin=twin)
        self._chosen[name] = self._state.ports[name] = port
        self._save()
        return port

    def _taken(self) -> set[int]:
        """Return what is or will be listened on, perhaps not yet: chosen ports, configured ones, and their twins."""
        given = (value for name, value in self._environment.items() if _PORT.fullmatch(name) and value.isdecimal())
        taken = {*self._state.ports.values(), *self._chosen.values(), *map(int, given)}
        return taken | {port + TWIN_DISTANCE for port in taken}

    @property
    def ports(self) -> dict[str, int]:
        """Return the ports in use, by name."""
        return dict(self._chosen)

    def private(self, name: str) -> Path:
        """Return a folder below that only its owner can read, made if missing."""
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    @property
    def volumes(self) -> list[Path]:
        """Return the folder and those below, each of which may lie on a volume of its own."""
        return [self.path, *sorted(path for path in self.path.iterdir() if path.is_dir())]

    def log(self, name: str) -> Path:
        """Return the log file of a process; the one of the run before becomes ``<name>.log.1``."""
        path = self.private("logs") / f"{name}.log"
        if path.exists():
            path.replace(path.with_suffix(".log.1"))
        return path

    def write_running(self, running: RunningStack) -> None:
        """State what runs now."""
        write_secret(self.path / "stack.json", msgspec.json.format(msgspec.json.encode(running), indent=2))

    def remove_running(self) -> None:
        """State that nothing runs."""
        (self.path / "stack.json").unlink(missing_ok=True)

    def _save(self) -> None:
        write_secret(self._state_path, msgspec.json.format(msgspec.json.encode(self._state), indent=2))


def _lock(file: int) -> bool:
    # Whoever asks what runs here holds the lock for a moment, too.
    for _ in range(100):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        else:
            return True
    return False


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)


def read_running(path: Path) -> RunningStack | None:
    """Return what runs in a folder now, or None when nothing does."""
    try:
        with (path / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    except FileNotFoundError:
        return None
    else:
        return None
    try:
        return msgspec.json.decode((path / "stack.json").read_bytes(), type=RunningStack)
    except FileNotFoundError:
        return None
