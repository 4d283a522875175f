"""What people named is shown as it is."""

import io

import pytest
from rich.console import Console, RenderableType

from services.cli.commands.versions import versions_table
from services.cli.tables import asset_sheet, assets_table

NAME = "[red]clip[/] [2].mp4"
ASSET = {
    "asset_id": "a",
    "state": "failed",
    "name": NAME,
    "progress": 0.5,
    "created_at": "2026-01-01T12:00:00Z",
    "updated_at": "2026-01-01T12:00:01Z",
    "duration_s": None,
    "playback": {"hls": "http://store/" + "x" * 200, "dash": None, "poster": None, "storyboard": None},
    "original": {"key": f"uploads/{NAME}", "size_bytes": 1000},
    "probe": None,
    "renditions": [],
    "warnings": [],
    "non_standard_input": ["container", "open_gop"],
    "estimate": {"lanes": [{"lane": "encode_bulk", "position": 12, "waiting": 3}], "ready_in_s": 75.0},
    "errors": [{"code": "not_media", "message": "Upload a [video].", "service": "probe"}],
}


def printed(what: RenderableType) -> str:
    out = io.StringIO()
    Console(file=out, width=80).print(what, soft_wrap=True)
    return out.getvalue()


@pytest.mark.parametrize("render", [asset_sheet, lambda asset: assets_table([asset])])
def test_brackets_in_names_are_no_markup(render: object) -> None:
    assert callable(render)
    assert NAME in printed(render(ASSET))


def test_addresses_stay_whole_on_a_narrow_terminal() -> None:
    assert "http://store/" + "x" * 200 in printed(asset_sheet(ASSET))


def test_an_asset_says_why_its_original_is_not_delivered_as_it_is() -> None:
    assert "not copied  not standard: container, open_gop\n" in printed(asset_sheet(ASSET))


def test_a_sheet_says_where_work_waits_and_for_how_long() -> None:
    shown = printed(asset_sheet(ASSET))
    assert "waits       3 in encode_bulk from place 12\n" in shown
    assert "ready in    1 min 15 s\n" in shown
    done = printed(asset_sheet({**ASSET, "estimate": None}))
    assert "waits" not in done
    assert "ready in" not in done


def test_a_failed_asset_says_why() -> None:
    assert "not_media: Upload a [video]." in printed(asset_sheet(ASSET))


RECEIPT = {
    "bitrate_bps": 2_000_000,
    "copied": False,
    "predicted_bitrate_bps": None,
    "saved_bytes": None,
    "xpsnr_db": None,
    "integrated_lufs": None,
}


def rendition(name: str, receipt: dict[str, object] | None) -> dict[str, object]:
    return {
        "name": name,
        "width": 1280,
        "height": 720,
        "frame_rate": [25, 1],
        "bandwidth_bps": 1,
        "average_bandwidth_bps": 1,
        "size_bytes": 1,
        "segments": 1,
        "codecs": "avc1",
        "receipt": None if receipt is None else {**RECEIPT, "rendition": name, **receipt},
    }


def test_a_finished_asset_shows_what_its_renditions_give_for_their_bits() -> None:
    made = [
        rendition("video/720p", {"predicted_bitrate_bps": 1_700_000, "saved_bytes": 750_000, "xpsnr_db": 41.27}),
        rendition("video/360p", {"predicted_bitrate_bps": None, "saved_bytes": -20_000, "xpsnr_db": None}),
        rendition("video/1080p", {"predicted_bitrate_bps": 1, "saved_bytes": None, "xpsnr_db": None, "copied": True}),
        rendition("audio/main", {"integrated_lufs": -23.04}),
        rendition("audio/track-1", None),
    ]
    lines = printed(asset_sheet({**ASSET, "renditions": made})).partition("RECEIPT")[2].splitlines()
    assert [line.split() for line in lines] == [
        ["PREDICTED", "AVERAGE", "SAVED", "XPSNR", "LOUDNESS"],
        ["video/720p", "1.70", "Mb/s", "2.00", "Mb/s", "750.0", "kB", "41.3", "dB"],
        ["video/360p", "2.00", "Mb/s", "-20.0", "kB"],
        ["video/1080p", "0", "kb/s", "2.00", "Mb/s", "copied"],
        ["audio/main", "2.00", "Mb/s", "-23.0", "LUFS"],
    ]


def test_versions_are_listed_with_what_is_known_of_each() -> None:
    nothing = {"profile": "", "made_at": None, "superseded_at": None, "size_bytes": 0}
    versions = [
        {**nothing, "recipe": "two", "state": "current", "profile": "best", "size_bytes": 2_500_000},
        {**nothing, "recipe": "one", "state": "removed"},
    ]
    head, *lines = printed(versions_table(versions)).splitlines()
    assert head.split() == ["RECIPE", "STATE", "PROFILE", "MADE", "SUPERSEDED", "SIZE"]
    assert [line.split() for line in lines] == [["two", "current", "best", "2.5", "MB"], ["one", "removed"]]


def test_until_it_is_compared_an_asset_shows_no_receipts() -> None:
    assert "RECEIPT" not in printed(asset_sheet({**ASSET, "renditions": [rendition("video/720p", None)]}))
