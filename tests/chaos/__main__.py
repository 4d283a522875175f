"""``task chaos``: break everything on purpose, again and again, and print what held."""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from tests.chaos.fault import Fault
from tests.chaos.faults import FAULTS
from tests.chaos.play import Row, stage
from tests.chaos.table import text_of
from tests.chaos.volume import can_mount

OUT = Path("docs/chaos.txt")
_NOISY = ("asyncio", "headrace.stack", "headrace.store")


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides every choice")
    parser.add_argument("--faults", default="", help=f"some of: {','.join(fault.slug for fault in FAULTS)}")
    parser.add_argument("--n", type=int, default=0, help="injections of each fault; its own number by default")
    parser.add_argument("--out", type=Path, help=f"where the table is written, too; {OUT} by default, if it is whole")
    return parser.parse_args()


def chosen(slugs: str) -> list[Fault]:
    """Return the faults of these names, or all.

    Raises: SystemExit: there is no such fault.
    """
    wanted = set(filter(None, slugs.split(",")))
    if unknown := wanted - {fault.slug for fault in FAULTS}:
        sys.exit(f"There is no fault {', '.join(sorted(unknown))}; see --help.")
    return [fault for fault in FAULTS if not wanted or fault.slug in wanted]


async def play(faults: Sequence[Fault], seed: int, n: int, home: Path) -> AsyncIterator[Row]:
    """Play faults one after the other, each on a stack of its own."""
    for fault in faults:
        if fault.room_bytes and not can_mount():
            print(f"{fault.title} is left out: only root can mount a volume for it", flush=True)
            continue
        began = time.monotonic()
        own = home / fault.slug
        own.mkdir()
        async with stage(own, seed, fault) as staged:
            row = await staged.play(fault, n or fault.injections)
            if not row.holds:
                await staged.keep_evidence(own, row)
        said = "holds" if row.holds else f"is broken; what is left of it lies in {own}"
        print(f"{fault.title} {said} ({time.monotonic() - began:.0f} s)", flush=True)
        if row.holds:
            shutil.rmtree(own)
        yield row


def command(asked: argparse.Namespace) -> str:
    """Return how the same is asked for again."""
    less = [f" --{name} {given}" for name in ("faults", "n") if (given := getattr(asked, name))]
    return f"task chaos -- --seed {asked.seed}{''.join(less)}"


async def written(asked: argparse.Namespace, out: Path, home: Path) -> list[Row]:
    """Play what was asked for; the table is written after each fault, so that a run may be ended at any time."""
    rows = []
    async for row in play(chosen(asked.faults), asked.seed, asked.n, home):
        rows.append(row)
        out.write_text(text_of(rows, command(asked)))
    return rows


def main() -> None:
    """Play, print and write."""
    asked = arguments()
    logging.getLogger().addHandler(logging.NullHandler())
    for name in _NOISY:
        # What is broken on purpose needs no words.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    home = Path(tempfile.mkdtemp(prefix="headrace-chaos-"))
    # Part of the table does not take the place of the whole.
    out = asked.out or (home / OUT.name if asked.faults or asked.n else OUT)
    rows = asyncio.run(written(asked, out, home))
    print(out.read_text() if rows else "Nothing was played.")
    if not all(row.holds for row in rows):
        sys.exit("Not all of it holds.")


if __name__ == "__main__":
    main()
