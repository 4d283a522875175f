"""Which Headrace the commands speak to: the one that runs in this folder, or the one that the settings name."""

import os
import sys
from pathlib import Path

import msgspec
from pydantic import ValidationError

from infra.local.admin_key import FILE
from infra.local.folder import RunningStack, read_running
from infra.local.settings import settings_from
from services.cli.errors import CommandError
from services.runtime.settings import Settings


class Target(msgspec.Struct, frozen=True):
    """A Headrace to speak to; ``running`` is the embedded one, None for another."""

    settings: Settings
    running: RunningStack | None

    @property
    def gateway_url(self) -> str:
        """Return the base URL of the HTTP API."""
        return f"http://{self.settings.gateway_host}:{self.settings.gateway_port}"

    @property
    def authorization(self) -> dict[str, str]:
        """Return the headers that prove who asks.

        Raises: CommandError: there is no key.
        """
        return {"Authorization": f"Bearer {self.api_key}"}

    @property
    def api_key(self) -> str:
        """Return ``HEADRACE_API_KEY``, else the first key of this folder's stack.

        Raises: CommandError: there is no key.
        """
        return os.environ.get("HEADRACE_API_KEY") or _admin_key()


def home() -> Path:
    """Return the folder of the embedded stack: ``HEADRACE_HOME``, or ``.headrace`` in the current folder."""
    return Path(os.environ.get("HEADRACE_HOME") or ".headrace").resolve()


def _admin_key() -> str:
    try:
        return (home() / FILE).read_text().strip()
    except OSError as error:
        raise CommandError("There is no API key here: set HEADRACE_API_KEY to one.") from error


def shown(path: Path) -> str:
    """Return a path as seen from the current folder, if it lies below."""
    beside = os.path.relpath(path)
    return str(path) if beside.startswith("..") else beside


def own_command() -> str:
    """Return how this command line is called from the current folder."""
    called = Path(sys.argv[0])
    return shown(called) if called.name == "headrace" else "headrace"


def running_here() -> RunningStack | None:
    """Return the embedded stack of this folder, or None when it does not run.

    Raises: CommandError: it belongs to somebody else.
    """
    try:
        return read_running(home())
    except PermissionError as error:
        raise CommandError(f"{shown(home())} belongs to another user; run this command as that user.") from error


def find_target() -> Target:
    """Return the embedded stack of this folder when it runs, else the one that ``HEADRACE_NATS_URL`` names.

    Raises: CommandError: neither is there, or a setting is wrong.
    """
    if (running := running_here()) is not None:
        return Target(settings_from(running.environment), running)
    try:
        settings = Settings()
    except ValidationError as errors:
        first = errors.errors()[0]
        raise CommandError(f"HEADRACE_{str(first['loc'][0]).upper()} is wrong: {first['msg']}.") from errors
    if "nats_url" in settings.model_fields_set:
        return Target(settings, None)
    raise CommandError("Headrace is not running here: start it with `task up`.")
