"""From which step on work can be asked for again."""

from typing import Literal

RetryStep = Literal["probe", "encode", "thumbnail", "package", "transcribe"]
"""``probe``: everything, from the original on. ``encode``: everything, from what the probe found. ``thumbnail``: poster
and storyboard, under the recipe that stands. ``package``: playlists, manifest and the last look at all outputs.
``transcribe``: what is said, as a new version of its text track."""
