"""The table of all faults, as text."""

import io
import math
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from tests.chaos.play import Row

INVARIANTS = {
    "lost": "acknowledged uploads of which no fact tells, and facts that were told and are gone",
    "stuck": "acknowledged uploads neither ready nor failed, and messages that nobody deals with",
    "wrong": "uploads that failed but are good, became ready but are not media, or failed with another code",
    "twice": "facts, events or webhooks that a reader sees twice, or never",
    "differs": "assets whose outputs are not, byte for byte, those of the undisturbed run",
    "catalog": "rows of the catalog that are not what the log folds to",
    "own": "what the fault itself found broken",
}
_WIDTH = 150
_NAMED = 5


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def text_of(rows: Sequence[Row], command: str) -> str:
    """Return the table, what its columns mean, and what was seen of every violation."""
    table = Table(title=command, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("fault")
    for column in ("injected", "uploads", *INVARIANTS, "recovery p50", "p99"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        times = [f"{percentile(row.recoveries_s, share):.1f} s" if row.recoveries_s else "-" for share in (0.5, 0.99)]
        counts = (str(len(row.broken.get(name, []))) for name in INVARIANTS)
        table.add_row(row.title, str(row.injections), str(row.uploads), *counts, *times)
    buffer = io.StringIO()
    console = Console(file=buffer, width=_WIDTH)
    console.print(table)
    for name, meaning in INVARIANTS.items():
        console.print(f"{name}: {meaning}", highlight=False)
    console.print(_FOOTER, highlight=False)
    for row in rows:
        for name, sentences in row.broken.items():
            more = [f"and {len(sentences) - _NAMED} more"] if len(sentences) > _NAMED else []
            for sentence in sentences[:_NAMED] + more:
                console.print(f"! {row.title} · {name}: {sentence}", highlight=False, markup=False)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


_FOOTER = """
Each injection falls on a batch of four uploads: two written by S3, one by a URL that the gateway signed, one in parts.
Clients try until the store acknowledges. Recovery is counted from the end of the fault, or from the kill where the
supervisor heals it, until every acknowledged upload of the batch is ready or failed, less what a whole batch takes
undisturbed. p99 is the nearest rank: the worst, of fewer than 100.
Not covered: loss of power, disks that return other bytes than were written, clocks that jump, more than one machine.
"""
