"""Languages: what containers say of them, and what becomes of it."""

import pytest

from contracts.languages import bcp47, name_of


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("ger", "de"), ("deu", "de"), ("DE", "de"), (" en_US ", "en-us"), ("por-BR", "pt-br"),
        ("zh-Hant-TW", "zh-hant-tw"), ("afr", "af"), ("yue", "yue"),
        ("qaa", "qaa"), (None, "und"), ("", "und"), ("und", "und"),
        ("eng (US)", "und"), ("???", "und"), ("e", "und"), ("en-", "und"), ("en-\n", "und"), ("a" * 9, "und"),
        ("en" + "-a" * 20, "und"),
    ],
)  # fmt: skip
def test_what_a_container_says_becomes_a_tag_or_is_unknown(said: str | None, tag: str) -> None:
    assert bcp47(said) == tag


@pytest.mark.parametrize(
    ("language", "name"), [("de", "German"), ("pt-br", "Portuguese"), ("af", "Afrikaans"), ("qaa", "qaa"), ("und", "")]
)
def test_languages_have_names_for_people(language: str, name: str) -> None:
    assert name_of(language) == name
