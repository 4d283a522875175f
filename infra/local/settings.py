"""Typed settings from an environment that is not this process's own."""

from collections.abc import Mapping

from pydantic_settings import EnvSettingsSource

from services.runtime.settings import Settings

PREFIX = "HEADRACE_"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Return the settings that a service would read from an environment."""
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in environment.items()}
    return Settings(**source())
