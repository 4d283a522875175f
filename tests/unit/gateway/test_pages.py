"""The page's files: what is sent, how long it is kept, what it may load, and how small the bundle is."""

import gzip
import json
import re
from pathlib import Path

import pytest

from services.gateway.pages import PageFiles, security_policy
from services.runtime.settings import Settings
from tests.looking import PAGE_FOLDER

MOST_BYTES = 250_000
"""Of all scripts and styles, compressed: with the player."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/index.html").write_text("<!doctype html>sources")
    (tmp_path / "src/main.js").write_text("show()")
    (tmp_path / "src/notes.txt").write_text("no part of the page")
    return tmp_path


def test_without_a_bundle_the_sources_are_sent_and_checked_each_time(folder: Path) -> None:
    files = PageFiles(folder)
    script = files.named("main.js")
    assert script is not None
    assert not files.is_bundled
    assert (script.body, script.media_type) == (b"show()", "text/javascript")
    assert script.headers["Cache-Control"] == "no-cache"
    assert gzip.decompress(script.compressed) == script.body
    assert files.named("notes.txt") is None
    assert files.named("../pyproject.toml") is None


def test_bundled_files_are_kept_for_ever_but_for_documents(folder: Path) -> None:
    (folder / "dist").mkdir()
    (folder / "dist/index.html").write_text("<!doctype html>bundle")
    (folder / "dist/main-1A2B.js").write_text("s()")
    files = PageFiles(folder)
    document, script = files.named("index.html"), files.named("main-1A2B.js")
    assert document is not None
    assert script is not None
    assert document.body.endswith(b"bundle")
    assert document.headers["Cache-Control"] == "no-cache"
    assert script.headers["Cache-Control"].endswith("immutable")
    assert files.named("main.js") is None


def test_nothing_inline_is_allowed_and_media_only_from_where_it_is_delivered() -> None:
    settings = Settings(store_public_url="https://store.example/s3", cdn_url="https://cdn.example/media")
    policy = dict(part.split(" ", 1) for part in security_policy(settings, frame_ancestors="'none'").split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    for kind in ("img-src", "media-src", "connect-src"):
        assert {"'self'", "https://store.example", "https://cdn.example"} <= set(policy[kind].split())
    assert policy["frame-ancestors"] == "'none'"


def test_the_bundle_with_its_player_is_small() -> None:
    built = [path for path in (PAGE_FOLDER / "dist").glob("*") if path.suffix in {".js", ".css"}]
    assert built, "the tests need the bundle: run `task page`"
    assert sum(len(gzip.compress(path.read_bytes())) for path in built) <= MOST_BYTES


@pytest.mark.parametrize("source", sorted((PAGE_FOLDER / "src").glob("*.html")), ids=lambda path: path.name)
def test_documents_hold_no_script_and_no_style_and_load_only_what_is_there(source: Path) -> None:
    text = source.read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)
    assert re.findall(r"(?:src|href)=\"(?!/static/)", text) == []
    for name in re.findall(r"/static/([\w.-]+)", text):
        assert (PAGE_FOLDER / "src" / name).exists()


def test_the_lock_says_what_is_installed_but_not_from_where() -> None:
    text = (PAGE_FOLDER / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    assert all("integrity" in package for path, package in packages.items() if path)
    assert "resolved" not in text
    assert "://" not in text
