"""What people named is shown as it is."""

import io

import pytest
from rich.console import Console, RenderableType

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
    assert "encoded for container, open_gop\n" in printed(asset_sheet(ASSET))


def test_a_failed_asset_says_why() -> None:
    assert "not_media: Upload a [video]." in printed(asset_sheet(ASSET))
