"""Which of an original's audio streams is written down, and what the text track of it is called. Pure.

Streams are counted from 1, in the order in which the original has them.
"""

from collections.abc import Sequence

from contracts.v1.original import AudioStream


def spoken_by_default(streams: Sequence[AudioStream]) -> int:
    """Return the number of the stream that is heard unless somebody chooses another one."""
    return next((number for number, stream in enumerate(streams, 1) if stream.default), 1)


def transcript_of(number: int, *, translate: bool = False) -> str:
    """Return the text track of what is said in a stream; a translation into English has one of its own."""
    return f"speech-{number}-en" if translate else f"speech-{number}"
