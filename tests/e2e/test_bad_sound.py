"""Sound of which little can be made: the asset becomes ready, and says what is the matter."""

from pathlib import Path
from typing import Any

import av
import pytest
from av.packet import Packet
from nats.aio.client import Client

from contracts.v1 import AssetPackaged, AssetPlanned, AssetReady, AudioTrack, QualityMeasured, Receipt
from services.runtime.store import Store
from tests.media import make_clip
from tests.watch import facts_until, id_of

pytestmark = pytest.mark.usefixtures("services")

NOISE = b"\xa5" * 8192
"""No packet of AAC begins like this."""
Told = tuple[AudioTrack, Receipt, list[str]]


def spoilt(clip: Path) -> Path:
    """Return a clip of the same pictures, whose sound is nothing that decodes."""
    target = clip.with_name("spoilt.mp4")
    with av.open(str(clip)) as source, av.open(str(target), "w") as output:
        streams = {stream.index: output.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if not packet.size:
                continue
            own = Packet(NOISE[: packet.size]) if packet.stream.type == "audio" else packet
            own.pts, own.dts, own.duration = packet.pts, packet.dts, packet.duration
            own.time_base, own.stream = packet.time_base, streams[packet.stream_index]
            output.mux(own)
    return target


async def told_of(clip: Path, nc: Client, store: Store) -> Told:
    """Return what is said of a clip's sound once its asset is ready: the track, its receipt and the warnings."""
    key = f"uploads/sound/{clip.name}"
    await store.put(key, clip.read_bytes(), content_type="video/mp4")
    asset_id = await id_of(store, key)
    facts = await facts_until(nc, asset_id, AssetReady)
    ready = facts[-1]
    assert isinstance(ready, AssetReady)
    own = [fact for fact in facts if getattr(fact, "recipe", None) == ready.recipe]
    (plan,) = [fact for fact in own if isinstance(fact, AssetPlanned)]
    (packaged,) = [fact for fact in own if isinstance(fact, AssetPackaged)]
    measured = (await facts_until(nc, asset_id, QualityMeasured))[-1]
    assert isinstance(measured, QualityMeasured)
    (receipt,) = [receipt for receipt in measured.receipts if receipt.rendition == "audio/main"]
    (track,) = plan.audio
    return track, receipt, [*plan.warnings, *packaged.warnings]


BAD: dict[str, tuple[dict[str, Any], int, list[str], bool]] = {
    "silent.mp4": ({"beeps_s": []}, 2, [], True),
    "8000-mono.mp4": ({"beeps_s": [1.0], "audio_rate_hz": 8000, "audio_layout": "mono"}, 1, ["sample_rate"], False),
    "short.mp4": ({"beeps_s": [], "audio_duration_s": 0.1}, 2, ["audio_end"], True),
}


@pytest.mark.parametrize("name", BAD)
async def test_odd_sound_is_delivered_and_told_of(name: str, tmp_path: Path, nc: Client, store: Store) -> None:
    options, channels, reasons, is_silent = BAD[name]
    track, receipt, warnings = await told_of(make_clip(tmp_path / name, frames=100, **options), nc, store)

    assert (track.channels, track.non_standard_input) == (channels, reasons)
    assert (receipt.integrated_lufs is None) == is_silent
    assert warnings == []


async def test_corrupt_sound_is_silence_with_a_warning(tmp_path: Path, nc: Client, store: Store) -> None:
    clip = spoilt(make_clip(tmp_path / "clip.mp4", frames=100, beeps_s=[1.0]))
    track, receipt, warnings = await told_of(clip, nc, store)

    assert not track.copied
    assert (receipt.integrated_lufs, receipt.true_peak_dbtp) == (None, None)
    (warning,) = warnings
    assert warning.startswith("Nothing can be decoded of audio stream 1")
