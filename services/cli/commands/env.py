"""``headrace env``: addresses and credentials as a shell takes them: ``eval "$(headrace env)"``.

After that `aws`, `nats` and `curl` reach this Headrace; what is printed is secret.
"""

import argparse
import shlex

from services.cli.documents import print_json
from services.cli.target import Target, find_target


def add(_: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


async def run(arguments: argparse.Namespace) -> int:
    """Print one ``export`` for each variable."""
    variables = variables_of(find_target())
    if arguments.json:
        print_json(variables)
    else:
        # No console: it would colour what a shell is to read.
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
    return 0


def variables_of(target: Target) -> dict[str, str]:
    """Return the variables that clients of the gateway, of S3 and of NATS read; what is not set is left out.

    Raises: CommandError: there is no API key.
    """
    settings = target.settings
    found = {
        "HEADRACE_URL": target.gateway_url,
        "HEADRACE_API_KEY": target.api_key,
        "AWS_ENDPOINT_URL": settings.store_url,
        "AWS_REGION": settings.store_region,
        "AWS_ACCESS_KEY_ID": settings.store_access_key,
        "AWS_SECRET_ACCESS_KEY": settings.store_secret_key.get_secret_value(),
        "NATS_URL": settings.nats_url,
        "NATS_USER": settings.nats_user or "",
        "NATS_PASSWORD": settings.nats_password.get_secret_value() if settings.nats_password else "",
    }
    return {name: value for name, value in found.items() if value}
