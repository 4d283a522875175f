"""One asset for all tests of the last look: two encoded rungs with sound, cut in three segments."""

from pathlib import Path

import pytest

from tests.media import make_clip
from tests.outputs import Outputs
from tests.unit.sources.whole_path import processed


@pytest.fixture(scope="session")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    folder: Path = tmp_path_factory.mktemp("outputs")
    options = {"x264-params": "keyint=250:min-keyint=250:scenecut=0"}
    clip = make_clip(folder / "clip.mkv", frames=225, beeps_s=[1.0], audio_codec="mp3", options=options)
    return processed(clip).outputs


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    folder: Path = tmp_path_factory.mktemp("copied")
    options = {"preset": "veryfast", "x264-params": "keyint=25:min-keyint=25:scenecut=0"}
    return processed(make_clip(folder / "clip.mp4", frames=110, beeps_s=[1.0], options=options)).outputs
