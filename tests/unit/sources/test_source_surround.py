"""5.1 beside stereo: every channel where it belongs, and playlists and manifest that say what it is."""

from array import array
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import pi, sin
from pathlib import Path
from xml.etree.ElementTree import fromstring

import av
import pytest
from av import AudioLayout
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from contracts.v1 import TIMELINE_ORIGIN_S
from services.plan.sets import Offer
from services.plan.sound import SoundWish
from tests import dash, hls
from tests.media import SAMPLE_RATE_HZ, numbered_frames
from tests.unit.sources.test_source_copied import heard, packets
from tests.unit.sources.whole_path import processed

SECONDS = 3
# By channel of the source, in Hz; in effects only what is low is kept.
PITCHES = {"FL": 300, "FR": 400, "FC": 500, "LFE": 60, "BL": 700, "BR": 800, "SL": 700, "SR": 800}
OFFER = Offer(sound={"fast": SoundWish(surround=True)})


def film(path: Path, layout: str, codec: str = "flac") -> Path:
    """Write a film with a tone of its own in each channel."""
    names = [channel.name for channel in AudioLayout(layout).channels]
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        assert isinstance(video, VideoStream)
        video.width, video.height = 160, 90
        sound = output.add_stream(codec, rate=SAMPLE_RATE_HZ)
        assert isinstance(sound, AudioStream)
        sound.codec_context.layout = layout
        for number, picture in enumerate(numbered_frames(25 * SECONDS, 160, 90)):
            picture.pts, picture.time_base = number, Fraction(1, 25)
            output.mux(video.encode(picture))
        output.mux(video.encode(None))
        for first in range(0, SECONDS * SAMPLE_RATE_HZ, 4800):
            frame = AudioFrame("s16", layout, 4800)
            times = [at / SAMPLE_RATE_HZ for at in range(first, first + 4800)]
            samples = [round(6000 * sin(2 * pi * PITCHES[name] * at)) for at in times for name in names]
            frame.planes[0].update(array("h", samples).tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, first, Fraction(1, SAMPLE_RATE_HZ)
            output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    return path


def pitch(samples: Sequence[float]) -> int:
    """Return how many waves a second there are."""
    rising = sum(1 for before, after in pairwise(samples) if before < 0 <= after)
    return round(rising * SAMPLE_RATE_HZ / len(samples))


@pytest.mark.parametrize("layout", ["5.1", "5.1(side)"])
def test_every_channel_of_a_film_in_5_1_is_heard_where_it_belongs(tmp_path: Path, layout: str) -> None:
    made = processed(film(tmp_path / "film.mkv", layout), offer=OFFER)

    assert [track.channels for track in made.plan.audio] == [2, 6]
    with made.renditions["audio/main-surround"].played() as played:
        stream = played.streams.audio[0]
        assert (stream.codec_context.name, stream.channels) == ("aac", 6)
        frames = list(played.decode(stream))
    names = [channel.name for channel in frames[0].layout.channels]
    heard = {name: array("f") for name in names}
    for frame in frames:
        for name, plane in zip(names, frame.planes, strict=True):
            heard[name].frombytes(bytes(plane)[: 4 * frame.samples])
    found = {name: pitch(samples[SAMPLE_RATE_HZ : 2 * SAMPLE_RATE_HZ]) for name, samples in heard.items()}
    assert names == ["FL", "FR", "FC", "LFE", "BL", "BR"]
    assert found == {name: pytest.approx(PITCHES[name], abs=3) for name in names}


def test_playlists_and_manifest_offer_5_1_beside_the_stereo_that_is_heard_by_default(tmp_path: Path) -> None:
    outputs = processed(film(tmp_path / "film.mkv", "5.1"), offer=OFFER).outputs
    index = outputs.objects[outputs.packaged.hls_key].decode()

    assert hls.broken_promises(outputs.objects, outputs.packaged.hls_key) == []
    assert dash.broken_promises(outputs.objects, outputs.packaged.dash_key, TIMELINE_ORIGIN_S) == []
    media = [hls.attributes(line) for line in hls.tags(index, "EXT-X-MEDIA")]
    names = ("NAME", "CHANNELS", "DEFAULT", "AUTOSELECT")
    assert [tuple(own[name] for name in names) for own in media] == [
        ("main", "2", "YES", "YES"),
        ("5.1", "6", "NO", "NO"),
    ]
    mpd = fromstring(outputs.objects[outputs.packaged.dash_key])
    sets = [own for own in mpd.iter(f"{dash.MPD}AdaptationSet") if own.get("contentType") == "audio"]
    found = []
    for own in sets:
        (channels,) = own.iter(f"{dash.MPD}AudioChannelConfiguration")
        (role,) = own.iter(f"{dash.MPD}Role")
        found.append((channels.get("schemeIdUri"), channels.get("value"), role.get("value")))
    scheme = "urn:mpeg:mpegB:cicp:ChannelConfiguration"
    assert found == [(scheme, "2", "main"), (scheme, "6", "alternate")]


@pytest.mark.parametrize(("layout", "reasons"), [("5.1", []), ("5.1(side)", ["channels_unstated"])])
def test_standard_5_1_is_the_originals_own_in_time_with_its_pictures(
    tmp_path: Path, layout: str, reasons: list[str]
) -> None:
    # What does not say its channels in the usual place, as FFmpeg's encoder writes 5.1(side), is encoded instead.
    clip = film(tmp_path / "film.mp4", layout, "aac")

    made = processed(clip, offer=OFFER)

    stereo, surround = made.plan.audio
    assert (stereo.copied, stereo.non_standard_input) == (False, ["channels", "bitrate"])
    assert (surround.copied, surround.channels, surround.non_standard_input) == (not reasons, 6, reasons)
    assert hls.broken_promises(made.outputs.objects, made.outputs.packaged.hls_key) == []
    assert dash.broken_promises(made.outputs.objects, made.outputs.packaged.dash_key, TIMELINE_ORIGIN_S) == []
    with made.renditions["audio/main-surround"].played() as played, av.open(str(clip)) as original:
        own, all_of_it = packets(played), packets(original)
        assert any(all_of_it[n : n + len(own)] == own for n in range(len(all_of_it))) == surround.copied
    with made.renditions["audio/main-surround"].played() as played, av.open(str(clip)) as original:
        again, before = heard(played, Fraction(TIMELINE_ORIGIN_S)), heard(original, Fraction(0))
    places = range(2048, 2 * SAMPLE_RATE_HZ)
    # Encoded once more it is almost the same.
    assert [again[place] for place in places] == pytest.approx(
        [before[place] for place in places], abs=0 if surround.copied else 0.02
    )


def test_of_more_channels_5_1_is_made(tmp_path: Path) -> None:
    made = processed(film(tmp_path / "film.mkv", "7.1"), offer=OFFER)
    with made.renditions["audio/main-surround"].played() as played:
        assert played.streams.audio[0].channels == 6
