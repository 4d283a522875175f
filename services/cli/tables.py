"""Tables of assets, renditions and facts; whatever people named is shown as it is, not as markup."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.cli import words
from services.cli.facts import Event

_COLOURS = {"ready": "green", "playable": "cyan", "failed": "red", "up": "green", "down": "red"}


def console() -> Console:
    """Return a console for what people read; lines are cut nowhere when the output is no terminal."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=10_000)


def coloured(state: str) -> Text:
    """Return a state in its colour."""
    return Text(state, style=_COLOURS.get(state, "yellow"))


def plain_table(*columns: str) -> Table:
    """Return an empty table with these columns; those that begin with ``>`` are of numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        name = column.removeprefix(">")
        table.add_column(name, justify="right" if name != column else "left", overflow="fold")
    return table


def assets_table(assets: Iterable[dict[str, Any]]) -> Table:
    """Return assets as the gateway lists them."""
    table = plain_table("ASSET", "STATE", ">DONE", ">LENGTH", "SINCE", "NAME")
    for asset in assets:
        table.add_row(
            asset["asset_id"],
            coloured(asset["state"]),
            f"{asset['progress']:.0%}",
            "" if asset["duration_s"] is None else words.in_time(asset["duration_s"]),
            local_time(asset["created_at"]),
            Text(asset["name"]),
        )
    return table


def asset_sheet(asset: dict[str, Any]) -> Group:
    """Return everything that the gateway tells of one asset; print it with ``soft_wrap``, so that URLs stay whole."""
    lines = [
        ("asset", Text(asset["asset_id"])),
        ("name", Text(asset["name"])),
        ("state", coloured(asset["state"])),
        ("done", Text(f"{asset['progress']:.0%}")),
    ]
    if estimate := asset["estimate"]:
        waits = [f"{lane['waiting']} in {lane['lane']} from place {lane['position']}" for lane in estimate["lanes"]]
        lines += [("waits", Text(", ".join(waits)))] if waits else []
        if estimate["ready_in_s"] is not None:
            lines.append(("ready in", Text(words.in_wait(estimate["ready_in_s"]))))
    if original := asset["original"]:
        lines.append(("original", Text(f"{original['key']}, {words.in_bytes(original['size_bytes'])}")))
    if asset["probe"]:
        lines.append(("contains", Text(_contents(asset["probe"]))))
    lines += [(name, Text(url)) for name, url in asset["playback"].items() if url]
    lines += [("warning", Text(warning, style="yellow")) for warning in asset["warnings"]]
    if asset["non_standard_input"]:
        lines.append(("not copied", Text(f"not standard: {', '.join(asset['non_standard_input'])}")))
    lines += [("error", Text(f"{error['code']}: {error['message']}", style="red")) for error in asset["errors"]]
    parts: list[RenderableType] = [Text.assemble((f"{label:<12}", "bold"), said) for label, said in lines]
    if asset["renditions"]:
        parts += [Text(), renditions_table(asset["renditions"])]
    if receipts := [made["receipt"] for made in asset["renditions"] if made["receipt"]]:
        parts += [Text(), receipts_table(receipts)]
    return Group(*parts)


def renditions_table(renditions: Iterable[dict[str, Any]]) -> Table:
    """Return finished renditions as the gateway tells of them."""
    table = plain_table("RENDITION", "PICTURE", ">PEAK", ">AVERAGE", ">SIZE", ">SEGMENTS", "CODECS")
    for made in renditions:
        picture = ""
        if made["width"]:
            picture = f"{made['width']}x{made['height']}"
        if made["frame_rate"]:
            picture += f" {words.in_fps(Fraction(*made['frame_rate']))}"
        table.add_row(
            made["name"],
            picture,
            words.in_bitrate(made["bandwidth_bps"]),
            words.in_bitrate(made["average_bandwidth_bps"]),
            words.in_bytes(made["size_bytes"]),
            str(made["segments"]),
            made["codecs"],
        )
    return table


def receipts_table(receipts: Iterable[dict[str, Any]]) -> Table:
    """Return what renditions give for their bits; ``SAVED`` is against the full bitrate of their step of the ladder."""
    table = plain_table("RECEIPT", ">PREDICTED", ">AVERAGE", ">SAVED", ">XPSNR", ">LOUDNESS")
    for receipt in receipts:
        predicted_bps, saved_bytes, xpsnr_db = (
            receipt[of] for of in ("predicted_bitrate_bps", "saved_bytes", "xpsnr_db")
        )
        table.add_row(
            receipt["rendition"],
            "" if predicted_bps is None else words.in_bitrate(predicted_bps),
            words.in_bitrate(receipt["bitrate_bps"]),
            "" if saved_bytes is None else words.in_bytes(saved_bytes),
            words.in_likeness(xpsnr_db, copied=receipt["copied"]),
            words.in_loudness(receipt["integrated_lufs"]),
        )
    return table


def events_table(events: list[Event]) -> Table:
    """Return an asset's history; ``AFTER`` counts from its first fact."""
    table = plain_table("TIME", ">AFTER", "FACT", "BY", "")
    for event in events:
        after_s = (event.at - events[0].at).total_seconds()
        table.add_row(
            f"{event.at.astimezone():%H:%M:%S.%f}"[:-3],
            f"{after_s:.2f} s",
            event.fact.kind(),
            event.service,
            Text(words.said(event.fact)),
        )
    return table


def _contents(probe: dict[str, Any]) -> str:
    pictures = [
        f"{stream['codec']} {stream['width']}x{stream['height']} {words.in_fps(Fraction(*stream['frame_rate']))}"
        for stream in probe["video"]
    ]
    sounds = [f"{stream['codec']} {stream['channels']} ch" for stream in probe["audio"]]
    container = probe["container"].split(",")[0]  # FFmpeg lists every name of a family
    return ", ".join([container, *pictures, *sounds, words.in_time(probe["duration_s"])])


def local_time(time: str) -> str:
    """Return a time of the gateway's on the clock of this machine."""
    return f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M:%S}"
