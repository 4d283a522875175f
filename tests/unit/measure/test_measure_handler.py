"""What ``measure`` reads, what it does with it, and what it leaves alone."""

from typing import Any, cast

from msgspec.structs import replace

from contracts.keys import init_key, segment_key
from contracts.v1 import (
    AudioTrack,
    ComplexityMeasured,
    EncodedRendition,
    Fact,
    MeasureComplexity,
    QualityMeasured,
    Snippet,
)
from services.measure.decide import Loudness, Sample
from services.measure.handler import measure_complexity, measure_quality
from services.runtime.children import MediaChildren
from services.runtime.log import FactLog
from services.runtime.store import Store
from tests import stories

PLAN = replace(stories.planned("a"), rungs=stories.planned("a").rungs[:1])
READY = stories.ready("a")
TASK = MeasureComplexity(
    asset_id="a",
    recipe="r",
    original=stories.probed("a").original,
    grid=PLAN.grid,
    source=stories.probed("a").probe.video[0],
    rungs=PLAN.rungs,
)


class ShelfStore:
    """Gives every object its own key as content."""

    async def presigned_get(self, key: str, expires_s: int = 3600) -> str:
        return f"http://store/{key}?signed"

    async def get(self, key: str) -> bytes:
        return f"<{key}>".encode()


class MemoryLog:
    def __init__(self, *held: Fact) -> None:
        self.held = held

    async def facts(self, asset_id: str, *kinds: type[Fact]) -> list[Fact]:
        return [fact for fact in self.held if isinstance(fact, kinds)]

    async def stated(self, subject_filter: str) -> set[str]:
        return {fact.subject for fact in self.held if fact.subject == subject_filter}


class NotedMedia:
    """Media work that gives ready numbers and keeps what it was given."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.calls: list[tuple[Any, ...]] = []
        self.niceness: list[int] = []

    async def run(self, function: Any, *args: Any, deadline_s: float, niceness: int) -> Any:
        assert deadline_s > 0
        self.calls.append((function.__name__, *args))
        self.niceness.append(niceness)
        return self.result


async def complexity(media: NotedMedia, *held: Fact) -> ComplexityMeasured | None:
    log = cast("FactLog", MemoryLog(*held))
    return await measure_complexity(TASK, cast("Store", ShelfStore()), cast("MediaChildren", media), log)


async def quality(media: NotedMedia, *held: Fact) -> QualityMeasured | None:
    log = cast("FactLog", MemoryLog(*held))
    return await measure_quality(READY, cast("Store", ShelfStore()), cast("MediaChildren", media), log, 17)


async def test_a_source_is_measured_by_its_url_before_bulk_work() -> None:
    media = NotedMedia([Snippet(start_s=0, duration_s=2, bitrate_bps=400_000, bits_per_pixel=0.1, growth=1.0)])

    fact = await complexity(media)

    assert media.calls == [("measure_snippets", "http://store/uploads/clip.mp4?signed", TASK)]
    assert 0 < media.niceness[0] < 10
    assert fact is not None
    assert [(forecast.rung, forecast.wanted_bps) for forecast in fact.forecasts] == [("720p", 400_000)]


async def test_a_measurement_that_nobody_waits_for_any_longer_is_not_made() -> None:
    media = NotedMedia([])

    assert await complexity(media, ComplexityMeasured(asset_id="a", recipe="r", reason="overdue")) is None
    assert media.calls == []


async def test_each_rungs_segment_is_compared_with_the_source() -> None:
    media = NotedMedia([1e-4])

    fact = await quality(media, stories.probed("a"), PLAN, stories.packaged("a"))

    place = "a", stories.RECIPE, "video/720p"
    sample = Sample(segment=1, grid=PLAN.grid, source=TASK.source, rungs=PLAN.rungs)
    file = f"<{init_key(*place)}><{segment_key(*place, 1)}>".encode()
    assert media.calls == [("luma_errors", "http://store/uploads/clip.mp4?signed", sample, [file])]
    assert media.niceness == [17]
    assert fact is not None
    assert [(receipt.rendition, receipt.xpsnr_db) for receipt in fact.receipts] == [("video/720p", 40.0)]


async def test_all_sound_is_measured_from_what_was_delivered() -> None:
    packaged = stories.packaged("a")
    sound = replace(packaged.renditions[0], rendition="audio/main", segments=2, average_bandwidth_bps=128_000)
    track = AudioTrack(name="main", stream_index=1, channels=2, bitrate_bps=128_000)
    media = NotedMedia(Loudness(integrated_lufs=-23.0, range_lu=4.2, true_peak_dbtp=-1.5))
    silent_plan = replace(PLAN, rungs=[], audio=[track])

    fact = await quality(media, stories.probed("a"), silent_plan, replace(packaged, renditions=[sound]))

    place = "a", stories.RECIPE, "audio/main"
    keys = [init_key(*place), segment_key(*place, 0), segment_key(*place, 1)]
    assert media.calls == [("loudness_of", [f"http://store/{key}?signed" for key in keys])]
    assert media.niceness == [17]
    assert fact is not None
    (receipt,) = fact.receipts
    told = (receipt.rendition, receipt.integrated_lufs, receipt.loudness_range_lu, receipt.true_peak_dbtp)
    assert told == ("audio/main", -23.0, 4.2, -1.5)


async def test_the_gain_that_an_encoder_gave_stands_in_the_receipt() -> None:
    packaged = stories.packaged("a")
    sound = replace(packaged.renditions[0], rendition="audio/main", segments=2, average_bandwidth_bps=128_000)
    track = AudioTrack(name="main", stream_index=1, channels=2, bitrate_bps=128_000, target_lufs=-16.0)
    plan, packaged = replace(PLAN, rungs=[], audio=[track]), replace(packaged, renditions=[sound])
    encoded = EncodedRendition(
        rendition="audio/main", codecs="mp4a.40.2", timescale=48_000, init_sha256="", segments=[], gain_db=-3.25
    )
    chunks = [replace(stories.encoded("a", f"audio-0-{n:05d}"), renditions=[encoded]) for n in range(2)]
    other = replace(chunks[0], recipe="another", renditions=[replace(encoded, gain_db=9.0)])

    fact = await quality(NotedMedia(None), stories.probed("a"), plan, packaged, *chunks, other)

    assert fact is not None
    assert [receipt.gain_db for receipt in fact.receipts] == [-3.25]


async def test_what_was_compared_is_not_compared_again() -> None:
    media = NotedMedia([1e-4])
    stated = QualityMeasured(asset_id="a", recipe=stories.RECIPE)

    assert await quality(media, stories.probed("a"), PLAN, stories.packaged("a"), stated) is None
    assert media.calls == []
