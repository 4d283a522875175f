"""What is stated of a wish for a file."""

from pathlib import Path

from contracts.codec import decode
from contracts.v1 import DownloadFailed, RemuxRung
from services.remux.decide import failed
from services.runtime.errors import Permanent

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden"


def test_a_file_that_cannot_be_made_is_told_to_who_wished_for_it() -> None:
    task = decode((GOLDEN / "remux.make.json").read_bytes())
    assert isinstance(task, RemuxRung)

    assert failed(task, Permanent("media_crashed", "Convert the file.")) == DownloadFailed(
        asset_id=task.asset_id,
        tenant=task.tenant,
        recipe=task.recipe,
        request=task.request,
        rung=task.rung,
        code="media_crashed",
        message="Convert the file.",
    )
