"""The lines of a cue. Pure.

Source: Netflix's "Timed Text Style Guide: General Requirements" and its English template.
"""

LINE_CHARACTERS = 42
LINES = 2
CLAUSE_ENDS = (",", ";", ":", "–", "—", "、", "，", "؛", "،")


def lines_of(text: str) -> tuple[str, ...] | None:
    """Return a text in as few lines as it takes, the two nearly alike; None where two do not suffice."""
    if len(text) <= LINE_CHARACTERS:
        return (text,)
    if len(text) > LINES * LINE_CHARACTERS + 1:
        return None
    ends = [at for at, character in enumerate(text) if character == " "]
    # Scripts without spaces break anywhere.
    breaks = [(text[:at], text[at + 1 :]) for at in ends] or [(text[:at], text[at:]) for at in range(1, len(text))]
    fitting = [pair for pair in breaks if max(map(len, pair)) <= LINE_CHARACTERS]
    return min(fitting, key=_unevenness, default=None)


def _unevenness(lines: tuple[str, str]) -> int:
    upper, lower = lines
    return abs(len(upper) - len(lower)) - (LINE_CHARACTERS // 2 if upper.endswith(CLAUSE_ENDS) else 0)
