"""Typed settings from an environment that is not this process's own."""

from collections.abc import Mapping
from typing import Any

from services.runtime.settings import Settings

PREFIX = "HEADRACE_"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Return the settings that a service would read from an environment."""
    values: dict[str, Any] = {
        name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)
    }
    return Settings(**values)
