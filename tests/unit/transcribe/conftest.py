from pathlib import Path

import pytest

from services.transcribe.heard import Model, Order
from tests.whisper_model import make_model

SAID = [(0.0, 2.0, "Hello, my fellow listeners."), (2.0, 4.5, "This is a test.")]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model(str(make_model(tmp_path_factory.mktemp("whisper") / "tiny", SAID)), "cpu", "int8", 1)


@pytest.fixture(scope="session")
def german_model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = make_model(tmp_path_factory.mktemp("whisper") / "german", [(0.5, 2.0, "Guten Tag.")], language="de")
    return Model(str(folder), "cpu", "int8", 1)


@pytest.fixture(scope="session")
def doubting_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("whisper") / "doubting", SAID, doubts=30.0)


@pytest.fixture
def order(model: Model) -> Order:
    return Order(model=model, stream_index=0, timeline_start_s=0.0, duration_s=60.0, beam_size=1)
