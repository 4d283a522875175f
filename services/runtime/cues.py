"""Cues of text tracks: what is said from when to when, and the only markup that players are given. Pure.

Source: WebVTT (W3C Candidate Recommendation, 4 April 2019), sections 4.2.2, 4.3 and 6.4.
"""

import re
from html import unescape

import msgspec

LONGEST_S = 1_000 * 3600.0
"""No cue begins or ends later: a film has fewer than a thousand hours."""

_TAG = re.compile(r"</?(?:b|i|u|c|v|ruby|rt|lang)(?:\.[^\s<>&.]+)*(?:[ \t][^<>\n]*)?>|<\d{2,4}:\d\d:\d\d\.\d{3}>")
_REFERENCE = re.compile(r"&(?:amp|lt|gt|lrm|rlm|nbsp|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_BARE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SETTING = re.compile(
    r"vertical:(?:rl|lr)|align:(?:start|center|end|left|right)|size:\d{1,3}(?:\.\d{1,6})?%"
    r"|line:-?\d{1,3}(?:\.\d{1,6})?%?(?:,(?:start|center|end))?"
    r"|position:\d{1,3}(?:\.\d{1,6})?%(?:,(?:line-left|center|line-right))?"
)
# What no text has: control characters but for tab and the ends of lines, and halves of surrogate pairs.
UNWRITTEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Cue(msgspec.Struct, frozen=True):
    """Text that is shown from ``start_s`` to ``end_s`` on the asset's own timeline, in the markup of WebVTT.

    ``settings`` say where, in the words of WebVTT; without them the player decides.
    """

    start_s: float
    end_s: float
    text: str
    settings: str = ""


def as_markup(text: str) -> str:
    """Return text with the tags and references of WebVTT as they are, all else escaped, and no line without text."""
    lines = (line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    kept = "\n".join(line for line in lines if line)
    written, end = [], 0
    for tag in _TAG.finditer(kept):
        written += [_escaped(kept[end : tag.start()]), tag[0]]
        end = tag.end()
    return "".join([*written, _escaped(kept[end:])])


def plain(markup: str) -> str:
    """Return what is read of a cue's text, on one line."""
    return " ".join(unescape(_TAG.sub("", markup)).split())


def known_settings(settings: str) -> str:
    """Return those of a cue's settings that every player knows; regions are not kept."""
    return " ".join(setting for setting in settings.split() if _SETTING.fullmatch(setting))


def in_order(cues: list[Cue]) -> list[Cue]:
    """Return cues by their time, as WebVTT wants them, without those that show nothing."""
    return sorted((cue for cue in cues if plain(cue.text)), key=lambda cue: (cue.start_s, cue.end_s))


def _escaped(text: str) -> str:
    written, end = [], 0
    for reference in _REFERENCE.finditer(text):
        written += [text[end : reference.start()].translate(_BARE), reference[0]]
        end = reference.end()
    return "".join([*written, text[end:].translate(_BARE)])
