"""README and ``docs/*.md`` name what there is: services, commands, settings, files."""

import re
from pathlib import Path

import pytest

from infra.local.supervisor import SERVICES
from services.cli.app import COMMANDS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = {path.name: path.read_text() for path in (README, *sorted((ROOT / "docs").glob("*.md")))}
CODE = "\n".join(
    path.read_text() for folder in ("services", "infra", "tests") for path in (ROOT / folder).rglob("*.py")
)


def test_readme_tells_what_each_service_does() -> None:
    assert [service.name for service in SERVICES if f"`{service.name}`" not in PAGES["README.md"]] == []


def test_readme_is_short() -> None:
    assert len(PAGES["README.md"].splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_are_shown_exist(page: str) -> None:
    shown = re.findall(r"(?:^|`|\$\()headrace ([a-z]+)", PAGES[page], re.MULTILINE)
    assert [name for name in shown if name not in COMMANDS] == []


@pytest.mark.parametrize("page", PAGES)
def test_settings_that_are_named_exist(page: str) -> None:
    named = set(re.findall(r"HEADRACE_([A-Z_]+)", PAGES[page]))
    assert [name for name in sorted(named) if name.lower() not in CODE and f"HEADRACE_{name}" not in CODE] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page: str) -> None:
    beside = ROOT if page == README.name else ROOT / "docs"
    links = [link for link in re.findall(r"\]\(([^)#]+)", PAGES[page]) if "://" not in link]
    assert [link for link in links if not (beside / link).is_file()] == []
