"""Stopping with ``task``: it keeps SIGTERM to itself and leaves its child running.

Ctrl-C reaches the whole process group, but ``kill`` of the ``task`` process alone makes it only print a line and wait
for us. That line is the one thing to be seen from here: while it waits, ``task`` writes nothing else. Its count of
written bytes is watched for a step of a line's length; smaller steps are the Go runtime's own.
"""

import os
import signal
import threading
from pathlib import Path

VARIABLE = "HEADRACE_RUNNER"
POLL_S = 0.25
SHORTEST_LINE_BYTES = 30


def stop_with_runner() -> None:
    """Send ourselves SIGTERM once the ``task`` that started us was told to stop; do nothing without one."""
    if os.environ.pop(VARIABLE, None) == "task":
        counts = Path("/proc") / str(os.getppid()) / "io"
        threading.Thread(target=_watch, args=(counts,), daemon=True).start()


def _watch(counts: Path) -> None:
    before = _written_bytes(counts)
    while True:
        threading.Event().wait(POLL_S)
        now = _written_bytes(counts)
        # A runner that is gone counts as told to stop.
        if before is None or now is None or now - before >= SHORTEST_LINE_BYTES:
            os.kill(os.getpid(), signal.SIGTERM)
            return
        before = now


def _written_bytes(counts: Path) -> int | None:
    try:
        fields = dict(line.split(": ") for line in counts.read_text().splitlines())
    except OSError:
        return None
    return int(fields["wchar"])
