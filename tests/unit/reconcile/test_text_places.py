"""What lies beside an asset's versions belongs to none of them; what was cut from it does."""

import pytest

from contracts.keys import captions_key, chosen_poster_key, text_segment_key, withdrawn_key
from contracts.v1 import AssetPlanned
from services.reconcile.known import Known
from services.reconcile.outputs import place_of, verdict
from services.withdraw.decide import needed_back, withdrawn
from tests import stories


def known() -> Known:
    plan = stories.planned("a")
    assert isinstance(plan, AssetPlanned)
    asset = Known()
    asset.take(plan)
    return asset


@pytest.mark.parametrize(
    ("key", "judged"),
    [
        (captions_key("a", "public", "speech-en", 2), "live"),
        (captions_key("a", "signed", "speech-en", 2, "json"), "live"),
        (chosen_poster_key("a", stories.RECIPE, "e"), "live"),
        (text_segment_key("a", stories.RECIPE, "speech-en", 2, 0), "live"),
        (text_segment_key("a", "other", "speech-en", 2, 0), "recipe_unknown"),
        (withdrawn_key(captions_key("a", "public", "speech-en", 2)), "left_behind"),
    ],
)
def test_text_and_posters_are_no_version(key: str, judged: str) -> None:
    assert verdict(place_of(key), known()) == judged


def test_a_deleted_assets_text_is_kept_and_what_was_cut_from_it_is_not() -> None:
    whole = captions_key("a", "public", "speech-en", 2)
    cut = text_segment_key("a", "r", "speech-en", 2, 0)

    assert withdrawn(whole)
    assert withdrawn(cut)
    assert (needed_back(whole), needed_back(cut)) == (True, False)
