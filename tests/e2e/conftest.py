"""Fixtures of the tests on the whole: a stack with all services, and what it delivers, one for the whole run."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from playwright.async_api import Browser, Page, async_playwright

from infra.local.stack import Stack
from infra.local.up import headrace
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.deliveries import Delivery, delivered, make_originals
from tests.servers import chosen_servers
from tests.watch import PATIENCE_S
from tests.whisper_model import make_model

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
    # A page that a test answers itself counts as one of the internet, which may not ask what lies on this machine.
    "--disable-features=LocalNetworkAccessChecks",
]  # fmt: skip
IN_TIME = {"HEADRACE_QUALITY_NICENESS": "10", "HEADRACE_MEASURE_WITHIN_S": str(PATIENCE_S)}
"""Tests wait for what otherwise nobody waits for, or not for long, also on a machine that is busy with something else.
"""
HEARING = {"HEADRACE_TRANSCRIBE_NICENESS": "10", "HEADRACE_WHISPER_THREADS": "1"}
SAID = [(0.0, 2.0, "Hello, my fellow listeners."), (2.0, 4.5, "This is a test.")]
"""What the model of the tests hears wherever somebody speaks."""
SOUND = {"HEADRACE_SOUND": '{"best": {"target_lufs": -20, "ceiling_dbtp": -2, "surround": true}}'}
NEAR = {"HEADRACE_EGRESS_PRIVATE": "true"}
"""What tests have fetched lies on this machine."""


def refusals(logs: Path) -> list[str]:
    """Return what servers refused to services, each with its own credentials: they must be enough for all they do."""
    refused = re.compile("Violation - User|store refused access|AccessDenied")
    return [line for log in logs.glob("*.log") for line in log.read_text().splitlines() if refused.search(line)]


@pytest.fixture(scope="session")
async def services(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Return a stack on which every service runs."""
    model = {"HEADRACE_WHISPER_MODEL": str(make_model(tmp_path_factory.mktemp("whisper") / "tiny", SAID))}
    async with (
        chosen_servers() as environment,
        headrace(
            tmp_path_factory.mktemp("headrace"), environment=environment | IN_TIME | NEAR | HEARING | SOUND | model
        ) as stack,
    ):
        yield stack
        assert refusals(stack.folder.path / "logs") == []


@pytest.fixture(scope="session")
def stack(services: Stack) -> Stack:
    """Return the stack of the services, in place of the one without any."""
    return services


@pytest.fixture(scope="session")
def settings(stack: Stack) -> Settings:
    """Return the settings of the services."""
    return stack.settings


@pytest.fixture(scope="session")
def admin_key(stack: Stack) -> str:
    """Return the operator's API key of the services."""
    return stack.admin_key


@pytest.fixture(scope="session")
async def deliveries(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Delivery]:
    """Return ready assets of several kinds of original, by kind."""
    originals = make_originals(tmp_path_factory.mktemp("originals"))
    assert settings.nats_password is not None
    password = settings.nats_password.get_secret_value()
    nc = await nats.connect(settings.nats_url, user=settings.nats_user, password=password)
    async with Store.connect(settings) as store:
        made = await delivered(store, nc, f"{settings.public_url}/{store.bucket}", originals)
    await nc.close()
    return made


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Return Chromium."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "the tests need Chromium: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Return an empty page."""
    page = await browser.new_page()
    page.set_default_timeout(1000 * PATIENCE_S)
    yield page
    await page.close()
