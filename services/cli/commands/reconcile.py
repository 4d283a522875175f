"""``headrace reconcile``: compare everything in the bucket with everything in the log, and repair what is safe.

It reports uploads that nobody announced, originals that are gone, outputs of ready assets that are missing, objects
that belong to nothing, and uploads in parts that were left. With ``--repair`` it deletes what is proved to belong to
nothing, aborts what was left, announces what was not, and has made again what is missing. It never deletes an original.
"""

import argparse
from datetime import timedelta

from rich.console import Group
from rich.text import Text

from services.cli import words
from services.cli.documents import print_json
from services.cli.errors import CommandError
from services.cli.facts import connected
from services.cli.tables import console, plain_table
from services.cli.target import find_target
from services.reconcile.audit import GRACE, Audit
from services.reconcile.repair import Repair
from services.reconcile.report import Report
from services.runtime.errors import HeadraceError
from services.runtime.store import Store

_HOUR = timedelta(hours=1)


def add(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument("--repair", action="store_true", help="repair what is safe; report alone by default")
    command.add_argument(
        "--older-than",
        metavar="HOURS",
        type=float,
        default=GRACE / _HOUR,
        help="judge only objects of this age: what may be in work is not waste (default: %(default)g)",
    )


async def run(arguments: argparse.Namespace) -> int:
    """Compare, and repair if asked to; the exit status is 1 while something is wrong."""
    settings = find_target().settings
    try:
        async with connected(settings) as nats, Store.connect(settings) as store:
            js = nats.jetstream()
            report = await Audit(store, js, arguments.older_than * _HOUR).report()
            if arguments.repair:
                report = await Repair(store, js)(report)
    except HeadraceError as error:
        raise CommandError(error.message) from error
    if arguments.json:
        print_json(report)
    else:
        console().print(_sheet(report))
    return 0 if report.is_clean else 1


def _sheet(report: Report) -> Group:
    table = plain_table("FOUND", "WHAT", "ASSET OR KEY", ">SIZE", "REPAIRED")
    for orphan in report.orphans:
        size = words.in_bytes(orphan.size_bytes)
        table.add_row("orphan", orphan.reason, Text(orphan.key), size, "deleted" if orphan.is_deleted else "")
    for missing in report.missing:
        asked = f"made again: {', '.join(missing.steps)}" if missing.is_asked_for else ""
        table.add_row("missing", f"{len(missing.keys)} outputs", missing.asset_id, "", asked)
    for begun in report.abandoned:
        table.add_row("abandoned", "upload in parts", Text(begun.key), "", "aborted" if begun.is_aborted else "")
    for key in report.unannounced:
        table.add_row("unannounced", "upload", Text(key), "", "")
    for key in report.originals_missing:
        table.add_row("missing", "original", Text(key), "", "")
    for asset_id in report.left_behind:
        table.add_row("left behind", "by a restoration", asset_id, "", "")
    for stranger in report.strangers:
        table.add_row(
            "unknown", f"{stranger.objects} objects", stranger.asset_id, words.in_bytes(stranger.size_bytes), ""
        )
    said = f"{report.objects} objects were compared, {report.too_young} of no known asset are too young to judge."
    return Group(table, Text(), Text(said)) if table.row_count else Group(Text(f"Nothing is wrong. {said}"))
