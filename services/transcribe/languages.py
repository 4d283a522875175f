"""Languages as people and as Whisper call them. Pure.

Source: OpenAI's ``whisper/tokenizer.py`` (its codes); RFC 5646 §2.2.1 (the shortest code of a language stands in tags).
"""

from contracts.languages import bcp47

UNKNOWN = "und"

# Empty: to be found out.
_CODES = {"auto": "", UNKNOWN: "", "mul": "", "nb": "no", "jv": "jw", "fil": "tl", "cmn": "zh", "iw": "he", "in": "id"}
_TAGS = {"jw": "jv"}


def code_of(language: str) -> str:
    """Return Whisper's code of a language, empty where it is to be found out; Whisper knows no regions."""
    primary = bcp47(language).partition("-")[0]
    return _CODES.get(primary, primary)


def tag_of(code: str, told: str = "") -> str:
    """Return the BCP 47 tag of a language that Whisper wrote; ``told`` is what people called it, with its region."""
    if told:
        primary, *more = told.split("-")
        return "-".join([bcp47(primary), *more])
    return _TAGS.get(code, code) or UNKNOWN
