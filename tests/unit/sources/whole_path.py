"""What becomes of a file: probe, plan, every task and the fold, in this process, as the services do them one by one."""

import asyncio
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import msgspec
from av.container import InputContainer
from av.video.frame import VideoFrame
from PIL import Image

from contracts.v1 import (
    TIMELINE_ORIGIN_S,
    AssetPlanned,
    AssetProbed,
    ChunkEncoded,
    CopyRefused,
    CopyVideo,
    EncodeAudio,
    EncodeVideo,
    MakeThumbnails,
    Original,
    Probe,
    ProbeOriginal,
    Task,
)
from services.ladder_encode.decide import Made, copy_refused, share_encoded, shares, video_encoded
from services.ladder_encode.media.audio import encode_audio
from services.ladder_encode.media.copy import copy_video
from services.ladder_encode.media.video import encode_video
from services.ladder_encode.segment import EncodedSegment, Refusal
from services.package.fold import Delivered, fold
from services.plan.decide import NOTHING_ELSE, plan_asset
from services.plan.ladder import Ladder, Step
from services.plan.sets import Offer
from services.plan.tasks import tasks_of
from services.probe.decide import probed
from services.probe.media import read_probe
from services.thumbnail.media import make_thumbnails
from tests.media import COLUMNS, ROWS, beeps_heard, shown
from tests.outputs import Outputs, outputs_of

LADDER = Ladder("h264", [Step(90, 600_000), Step(44, 200_000)])
Rgb = tuple[int, int, int]


class Rendition(msgspec.Struct):
    """One rendition as a player gets it."""

    init: bytes = b""
    segments: dict[int, bytes] = {}

    @property
    def data(self) -> bytes:
        return self.init + b"".join(self.segments[number] for number in sorted(self.segments))

    @contextmanager
    def played(self) -> Iterator[InputContainer]:
        with av.open(io.BytesIO(self.data), "r") as container:
            yield container

    def pictures(self) -> list[tuple[Fraction, int]]:
        """Return each picture's time after the timeline's origin and the number it shows."""
        with self.played() as container:
            return [(at - TIMELINE_ORIGIN_S, number) for at, number in shown(container)]

    def picture(self, number: int) -> VideoFrame:
        """Return the picture in a slot."""
        with self.played() as container:
            return list(container.decode(video=0))[number]

    def beeps_s(self) -> list[float]:
        with self.played() as container:
            return [at - TIMELINE_ORIGIN_S for at in beeps_heard(container)]


class Processed(msgspec.Struct):
    """Everything that was made of a file."""

    probe: Probe
    plan: AssetPlanned
    renditions: dict[str, Rendition]
    poster: Image.Image
    delivered: dict[str, Delivered]
    facts: list[ChunkEncoded] = []
    refused: list[str] = []

    @property
    def outputs(self) -> Outputs:
        """Return it as it lies in the store, packaged."""
        inits = {name: own.init for name, own in self.renditions.items()}
        segments = {(name, n): data for name, own in self.renditions.items() for n, data in own.segments.items()}
        return outputs_of(self.plan, self.facts, inits, segments)

    @property
    def rungs(self) -> list[Rendition]:
        """Return the video renditions, best first."""
        return [self.renditions[f"video/{rung.name}"] for rung in self.plan.rungs]

    @property
    def sound(self) -> Rendition:
        return self.renditions["audio/main"]


def planned(
    clip: Path, ladder: Ladder = LADDER, offer: Offer = NOTHING_ELSE, refusals: Sequence[CopyRefused] = ()
) -> tuple[AssetProbed, AssetPlanned, list[Task]]:
    """Return what is found in a file, what will be made of it, and the tasks."""
    size_bytes = clip.stat().st_size
    original = Original(bucket="media", key=f"uploads/{clip.name}", size_bytes=size_bytes, etag="e")
    found = probed(ProbeOriginal(asset_id="asset", original=original), read_probe(str(clip), size_bytes))
    plan = plan_asset(found, ladder, "engine", offer, refusals)
    return found, plan, tasks_of(found, plan)


def processed(
    clip: Path, ladder: Ladder = LADDER, offer: Offer = NOTHING_ELSE, refusals: Sequence[CopyRefused] = ()
) -> Processed:
    """Do a file's tasks and return what lies in the store in the end; whatever it is, the last look lets it pass."""
    made = unchecked(clip, ladder, offer, refusals)
    assert asyncio.run(made.outputs.findings()) == []
    return made


def unchecked(
    clip: Path, ladder: Ladder = LADDER, offer: Offer = NOTHING_ELSE, refusals: Sequence[CopyRefused] = ()
) -> Processed:
    """Do a file's tasks, last ones first.

    What is refused is planned again, as ``plan`` does it.
    """
    found, plan, tasks = planned(clip, ladder, offer, refusals)
    facts: list[ChunkEncoded] = []
    renditions: dict[str, Rendition] = {}
    poster = Image.new("RGB", (1, 1))
    for task in reversed(tasks):
        made = Made()
        if isinstance(task, EncodeVideo):
            _store(encode_video(str(clip), task), made, renditions)
            facts.append(video_encoded(task, made))
        elif isinstance(task, EncodeAudio | CopyVideo):
            segments = encode_audio(str(clip), task) if isinstance(task, EncodeAudio) else copy_video(str(clip), task)
            refusal = _store(segments, made, renditions)
            if refusal is not None:
                return unchecked(clip, ladder, offer, [*refusals, copy_refused(task, refusal)])
            facts += [share_encoded(task, chunk, made) for chunk in shares(task)]
        elif isinstance(task, MakeThumbnails):
            files = list(make_thumbnails(str(clip), task.source, task.duration_s))
            poster = Image.open(io.BytesIO(files[0].data))
    folded = fold(plan, facts)
    assert folded.keys() == renditions.keys()
    assert all(rendition.complete for rendition in folded.values())
    return Processed(found.probe, plan, renditions, poster, folded, facts, [refusal.code for refusal in refusals])


def number_on(picture: Image.Image) -> int:
    """Return the number that a picture shows."""
    return sum((max(patch_of(picture, block)) > 128) << block for block in range(COLUMNS * ROWS))


def patch_of(picture: Image.Image, block: int) -> Rgb:
    """Return the mean colour in the middle of a block."""
    row, column = divmod(block, COLUMNS)
    x = (2 * column + 1) * picture.width / (2 * COLUMNS)
    y = (2 * row + 1) * picture.height / (2 * ROWS)
    middle = picture.convert("RGB").resize((1, 1), Image.Resampling.BOX, (x - 2, y - 2, x + 2, y + 2))
    red, green, blue = middle.tobytes()
    return red, green, blue


def shown_as_rgb(picture: VideoFrame) -> Image.Image:
    """Return a picture as a player shows it, by what its tags say."""
    image: Image.Image = picture.reformat(format="rgb24").to_image()  # type: ignore[no-untyped-call]  # PyAV leaves it untyped
    return image


def _store(
    segments: Iterator[EncodedSegment] | Iterator[EncodedSegment | Refusal], made: Made, into: dict[str, Rendition]
) -> Refusal | None:
    for segment in segments:
        if isinstance(segment, Refusal):
            return segment
        made.add(segment)
        rendition = into.setdefault(segment.rendition, Rendition())
        if segment.header is not None:
            assert rendition.init in (b"", segment.header.init)
            rendition.init = segment.header.init
        rendition.segments[segment.number] = segment.data
    return None


def assert_comes_out_right(
    made: Processed,
    *,
    numbers: Sequence[int],
    rate: Fraction = Fraction(25),
    size: tuple[int, int] = (160, 90),
    beeps_s: Sequence[float] | None = None,
    source_rate: Fraction | None = None,
) -> None:
    """Check what players get: geometry, every picture in its slot at every rung, colour, and sound in time with it.

    ``numbers`` are what the slots show; each of ``beeps_s`` belongs to the picture that stood there at ``source_rate``.
    """
    assert made.plan.grid.frame_rate.fraction == rate
    top = made.plan.rungs[0]
    assert (top.width, top.height) == size
    for rung, rendition in zip(made.plan.rungs, made.rungs, strict=True):
        with rendition.played() as container:
            video = container.streams.video[0]
            assert (video.width, video.height) == (rung.width, rung.height)
            assert video.codec_context.pix_fmt == "yuv420p"
            # A copied rung says of itself what the original says, which may be nothing.
            if made.plan.copied is None or rung.name != made.plan.copied.name:
                assert video.sample_aspect_ratio == 1
                assert video.codec_context.color_range == 1
        pictures, step = rendition.pictures(), rung.frame_step
        assert [number for _, number in pictures] == list(numbers)[::step]
        assert [at for at, _ in pictures] == [n / rate for n in range(0, made.plan.grid.frames, step)]
    if beeps_s is None:
        assert not made.plan.audio
    else:
        heard_s = made.sound.beeps_s()
        flashes = [at * (source_rate or rate) for at in beeps_s]
        nearest = [min(range(len(numbers)), key=lambda slot: abs(numbers[slot] - flash)) for flash in flashes]
        shown_s = [float(slot / rate) for slot in nearest]
        assert len(heard_s) == len(shown_s)
        assert all(abs(a - b) < 1 / rate for a, b in zip(heard_s, shown_s, strict=True))
