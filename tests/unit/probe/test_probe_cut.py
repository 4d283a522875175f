"""How large a file says it is."""

import pytest

from services.probe.cut import stated_size_bytes

EBML = bytes.fromhex("1a45dfa3 83 428681".replace(" ", ""))
SEGMENT = bytes.fromhex("18538067")


@pytest.mark.parametrize(
    ("beginning", "expected"),
    [
        (EBML + b"\x01" * 1 + SEGMENT, None),
        (EBML + SEGMENT + bytes.fromhex("4100") + b"content", 8 + 4 + 2 + 0x100),
        (EBML + SEGMENT + bytes.fromhex("0100000000000010"), 8 + 4 + 8 + 16),
        (EBML + SEGMENT + bytes.fromhex("01ffffffffffffff"), None),
        (EBML + SEGMENT + b"\xff", None),
        (EBML + SEGMENT, None),
        (b"RIFF" + (1000).to_bytes(4, "little") + b"AVI LIST", 1008),
        (b"RIFF" + (1000).to_bytes(4, "little") + b"WAVEfmt ", None),
        (b"\0\0\0\x20ftypisom", None),
        (b"", None),
    ],
    ids=["no segment", "two bytes", "eight bytes", "live", "live, short", "cut off", "AVI", "WAVE", "MP4", "empty"],
)
def test_matroska_and_avi_say_their_size(beginning: bytes, expected: int | None) -> None:
    assert stated_size_bytes(beginning) == expected
