"""Reading the sound of an original."""

from collections.abc import Iterator

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard

from services.runtime.media_open import DECODING_ERRORS
from services.runtime.media_packets import up_to_damage


def decoded_sound(container: InputContainer, index: int) -> Iterator[AudioFrame]:
    """Yield what can be decoded of a stream, leaving out what is damaged; all others are left out when it is read."""
    for stream in container.streams:
        stream.discard = Discard.default if stream.index == index else Discard.all
    audio = container.streams[index]
    assert isinstance(audio, AudioStream)
    for packet in up_to_damage(container.demux(audio)):
        try:
            frames = packet.decode()
        except DECODING_ERRORS:
            continue
        yield from frames
