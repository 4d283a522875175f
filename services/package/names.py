"""What renditions of one group are called, and which of them players may take by themselves. Pure.

Source: RFC 8216 §4.3.4.1 (NAME is unique in its group), §4.3.4.1.1 (AUTOSELECT members differ in what they are).
"""

import re
from collections.abc import Hashable, Iterable

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_UNQUOTABLE = re.compile(r'[\x00-\x1f\x7f"]+')
_LONGEST = 80


def language_tag(language: str | None) -> str | None:
    """Return a language if it is a tag at all, and says something; files that anybody wrote have others."""
    return language if language and language != "und" and _LANGUAGE.fullmatch(language) else None


def distinct(names: Iterable[str]) -> list[str]:
    """Return names as they can stand in a playlist, those that come again with a number."""
    used: set[str] = set()
    found = []
    for wanted in names:
        plain = _UNQUOTABLE.sub(" ", wanted).strip()[:_LONGEST] or "track"
        name, number = plain, 1
        while name in used:
            number += 1
            name = f"{plain} ({number})"
        used.add(name)
        found.append(name)
    return found


def firsts(kinds: Iterable[Hashable]) -> list[bool]:
    """Tell of each whether it is the first of its kind."""
    seen: set[Hashable] = set()
    found = []
    for kind in kinds:
        found.append(kind not in seen)
        seen.add(kind)
    return found
