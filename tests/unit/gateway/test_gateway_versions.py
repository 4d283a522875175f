"""How an asset's versions are told, and which of them can be played."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.v1 import VersionChosen
from services.gateway.edits import retried
from services.gateway.refusals import Refused
from services.gateway.versions import chosen, versions_of_view
from services.gateway.view import AssetView, Output, Version
from tests import stories
from tests.unit.gateway.test_gateway_edits import NOON, VIEW

RENDITIONS = stories.packaged("a").renditions
KEPT = Version(recipe="kept", planned_parts=1, renditions=RENDITIONS, since=NOON, ready_at=NOON, profile="best")
OTHERS = [
    KEPT,
    replace(KEPT, recipe="given_up", ready_at=None),
    replace(KEPT, recipe="retired", retired_at=NOON),
    replace(KEPT, recipe="removed", retired_at=NOON, removed_at=NOON, renditions=[]),
]
MAKING = Output(recipe="making", planned_parts=1, renditions=[], planned_at=NOON)
ASSET: AssetView = replace(
    VIEW, hls_key="k", retry=MAKING, versions=OTHERS, ready_at=NOON + timedelta(days=1), profile="fast"
)


def test_every_version_is_told_with_its_state_and_the_one_that_is_played_first() -> None:
    told = versions_of_view(ASSET)
    assert [(version.recipe, version.state) for version in told] == [
        ("played", "current"),
        ("making", "making"),
        ("removed", "removed"),
        ("retired", "retired"),
        ("given_up", "given_up"),
        ("kept", "kept"),
    ]
    kept = told[-1]
    assert (kept.made_at, kept.superseded_at, kept.profile, kept.size_bytes) == (NOON, NOON, "best", 3_000_000)
    assert told[0].superseded_at is None


def test_what_failed_beside_what_is_played_is_told_so_and_what_does_not_play_yet_is_being_made() -> None:
    failed = versions_of_view(replace(ASSET, retry=replace(MAKING, failed_at=NOON)))
    first = versions_of_view(replace(ASSET, hls_key=None, retry=None, versions=[]))
    assert failed[1].state == "failed"
    assert [version.state for version in first] == ["making"]
    assert versions_of_view(replace(ASSET, recipe=None, retry=None, versions=[])) == []


def test_a_version_that_is_kept_can_be_chosen_and_the_one_that_is_played_is_already() -> None:
    assert chosen(ASSET, "kept", "e") == VersionChosen(asset_id="a", tenant=ASSET.tenant, edit="e", recipe="kept")
    assert chosen(ASSET, "played", "e") is None


@pytest.mark.parametrize(
    ("recipe", "status", "code"),
    [
        ("nothing", 404, "version_missing"),
        ("", 404, "version_missing"),
        ("making", 409, "version_not_ready"),
        ("given_up", 409, "version_not_ready"),
        ("retired", 409, "version_removed"),
        ("removed", 409, "version_removed"),
    ],
)
def test_what_cannot_be_played_is_refused_with_the_reason(recipe: str, status: int, code: str) -> None:
    with pytest.raises(Refused) as refused:
        chosen(ASSET, recipe, "e")
    assert (refused.value.status, refused.value.code) == (status, code)


def test_nothing_of_a_deleted_asset_is_chosen() -> None:
    with pytest.raises(Refused, match="asset_deleted"):
        chosen(replace(ASSET, deleted_at=NOON), "kept", "e")


def test_a_retry_keeps_the_profile_of_what_is_played_unless_another_is_wished_for() -> None:
    assert retried(ASSET, "e", "encode").profile == "fast"
    assert retried(ASSET, "e", "probe", "best").profile == "best"
    assert retried(ASSET, "e", "package").profile == ""
    with pytest.raises(Refused, match="profile_without_encoding"):
        retried(ASSET, "e", "thumbnail", "best")
