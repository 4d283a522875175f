"""Playback tokens."""

import pytest

from services.gateway.playback_tokens import signed, token_of

KEY = "sk_0123456789abcdef"
# Made with: printf sk_0123456789abcdef.1767268800.a | openssl dgst -sha256 -mac HMAC -macopt key:secret -binary
TEXT = f"{KEY}.1767268800.6qXacaX8EpHiprU3L1WMeXUbXGejwjwTxEkSk4-fA2o"


def test_a_token_is_what_the_documentation_says() -> None:
    assert signed(KEY, "secret", "a", 1767268800).text == TEXT


def test_a_token_opens_one_asset_under_one_secret() -> None:
    token = token_of(TEXT)
    assert token is not None
    assert token.opens("a", "secret")
    assert not token.opens("b", "secret")
    assert not token.opens("a", "another")
    assert not token._replace(expires=token.expires + 1).opens("a", "secret")


@pytest.mark.parametrize(
    "text", ["", "a.b.c", TEXT[:-1], TEXT + "A", TEXT.replace(KEY, "sk_"), TEXT.replace(".", "/"), TEXT + "\n"]
)
def test_what_has_not_the_shape_is_no_token(text: str) -> None:
    assert token_of(text) is None
