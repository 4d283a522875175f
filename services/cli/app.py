"""``headrace``: the command line."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from types import ModuleType

from infra.local.errors import StackError
from services.cli.commands import (
    captions,
    dead,
    demo,
    drain,
    env,
    events,
    keys,
    ls,
    pause,
    reconcile,
    resume,
    show,
    status,
    tenants,
    up,
    upload,
    users,
    versions,
    watch,
)
from services.cli.errors import CommandError
from services.cli.runner import stop_with_runner

# What shells report for a command that a signal ended.
_INTERRUPTED = 128 + signal.SIGINT
_TERMINATED = 128 + signal.SIGTERM

COMMANDS: dict[str, tuple[ModuleType, str]] = {
    "up": (up, "start everything here and stay until Ctrl-C"),
    "status": (status, "what is up, what is down, what waits, what is held"),
    "demo": (demo, "process one clip from start to end"),
    "upload": (upload, "put files into the bucket"),
    "ls": (ls, "list assets, newest first"),
    "show": (show, "everything known of one asset"),
    "versions": (versions, "what was made of one asset, and which of it is played"),
    "captions": (captions, "the text tracks of one asset: list, add, print, remove"),
    "watch": (watch, "follow one asset, or all"),
    "events": (events, "the history of one asset"),
    "env": (env, 'addresses and credentials for your shell: eval "$(headrace env)"'),
    "reconcile": (reconcile, "compare the bucket with the log, and repair"),
    "keys": (keys, "make, list and revoke API keys"),
    "users": (users, "make, list, change and delete those who log in"),
    "tenants": (tenants, "make and list tenants"),
    "dead": (dead, "what was given up: list, show, replay, drop"),
    "pause": (pause, "hold work back"),
    "resume": (resume, "let work go on"),
    "drain": (drain, "let a service finish and take nothing new"),
}
_WITHOUT_JSON = {"up"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; expected failures are one line on standard error."""
    arguments = _parser().parse_args(argv)
    stop_with_runner()
    try:
        return asyncio.run(_run(arguments))
    except (CommandError, StackError) as error:
        print(f"headrace: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    except asyncio.CancelledError:
        return _TERMINATED
    except BrokenPipeError:
        # Whoever read has seen enough; Python must not try to flush into the closed pipe when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


async def _run(arguments: argparse.Namespace) -> int:
    """Run the command; SIGTERM ends it in order, as Ctrl-C does, so that what it started is stopped."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    status: int = await arguments.run(arguments)
    return status


class _Help(argparse.HelpFormatter):
    """Gives every command's summary the same column; argparse forgets how far commands are indented."""

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        self._action_max_length += self._indent_increment


def _parser() -> argparse.ArgumentParser:
    summary = "Headrace: drop a video, get adaptive streaming."
    parser = argparse.ArgumentParser(prog="headrace", description=summary, formatter_class=_Help)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=(module.__doc__ or "").replace("``", "`"))
        if name not in _WITHOUT_JSON:
            command.add_argument("--json", action="store_true", help="print JSON")
        module.add(command)
        command.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
