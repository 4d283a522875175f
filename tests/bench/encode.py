"""What the encode engine costs and gives: one table of figures, goals, and whether they are met.

``--quick`` takes shorter originals and one run of each; ``--long`` adds originals of 20 and 60 minutes; ``--rows``
takes some parts alone. Everything is measured on this machine in this run, rivals in turn with Headrace, so ratios
hold where absolute times do not.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.encode_bench import Bench, Figure
from tests.bench.encode_engine import cut_into_chunks, memory, read_by_range, workers
from tests.bench.encode_playable import until_playable, until_playable_beside_others
from tests.bench.encode_whole import against_commandline, killed_worker

ROWS: dict[str, Callable[[Bench], AsyncIterator[Figure] | Iterator[Figure]]] = {
    "ready": against_commandline,
    "playable": until_playable,
    "busy": until_playable_beside_others,
    "killed": killed_worker,
    "chunks": cut_into_chunks,
    "workers": workers,
    "memory": memory,
    "ranges": read_by_range,
}


async def measured(bench: Bench, rows: Sequence[str]) -> AsyncIterator[Figure]:
    """Yield every figure as it is known."""
    for row in rows:
        figures = ROWS[row](bench)
        if isinstance(figures, AsyncIterator):
            async for figure in figures:
                yield figure
        else:
            for figure in figures:
                yield figure


async def table_of(bench: Bench, rows: Sequence[str], progress: Console) -> Table:
    """Measure everything; ``progress`` hears each figure at once."""
    table = Table(title=f"Encode engine on {len(os.sched_getaffinity(0))} cores, medians of {bench.runs}")
    for column in ("figure", "value", "goal", "met"):
        table.add_column(column, justify="right" if column in ("value", "goal") else "left")
    async for figure in measured(bench, rows):
        progress.print(f"{figure.name}: {figure.value}")
        table.add_row(figure.name, figure.value, figure.goal, {True: "yes", False: "NO", None: ""}[figure.met])
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.encode", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter originals, one run of each")
    parser.add_argument("--long", action="store_true", help="originals of 20 and 60 minutes too")
    parser.add_argument("--rows", default=",".join(ROWS), help="parts to measure (default: %(default)s)")
    chosen = parser.parse_args()
    rows = chosen.rows.split(",")
    if unknown := set(rows) - set(ROWS):
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), quick=chosen.quick, long=chosen.long)
        Console(width=110).print(asyncio.run(table_of(bench, rows, Console(stderr=True, width=110))))


if __name__ == "__main__":
    main()
