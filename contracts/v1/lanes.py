"""The lanes in which tasks wait, by what waits for them."""

from typing import Literal

Lane = Literal["head", "audio", "bulk"]
"""``head``: first picture of an asset, never behind bulk work. ``audio``: a whole track. ``bulk``: the rest."""

ProbeLane = Literal["head"]
"""Looking at an original: everything of its asset waits for that."""

CopyLane = Literal["copy"]
"""Work that moves bytes and encodes nothing."""

DownloadLane = Literal["download"]
"""Files that somebody waits for, made of segments that lie in the store."""

ImportLane = Literal["import"]
"""Work that waits for other people's servers."""

MeasureLane = Literal["complexity"]
"""Short work that bulk work of the same asset waits for."""

TextLane = Literal["text"]
"""Reading what was written for an original: nobody waits for it."""

TranscribeLane = Literal["transcribe"]
"""Long work that nothing waits for."""
