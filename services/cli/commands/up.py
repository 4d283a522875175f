"""``headrace up``: starts the servers and services in ``.headrace``, says where they are, and stays until Ctrl-C."""

import argparse

from infra.local.admin_key import FILE
from infra.local.folder import RunningStack
from infra.local.settings import settings_from
from infra.local.up import up
from services.cli.tables import console
from services.cli.target import Target, home, own_command, shown


def add(_: argparse.ArgumentParser) -> None:
    """Declare the arguments: none; ports and external servers are settings."""


async def run(_: argparse.Namespace) -> int:
    """Start everything and stay."""
    console().print(f"Starting Headrace in {shown(home())} …", markup=False)
    await up(home(), _announce)
    console().print("Stopped; the data stays.", markup=False)
    return 0


def _announce(running: RunningStack) -> None:
    target = Target(settings_from(running.environment), running)
    settings, command = target.settings, own_command()
    lines = [
        "",
        "Headrace is up. Ctrl-C stops it; the data stays.",
        "",
        f"  Page      {target.gateway_url}/   (sign in with the API key)",
        f"  HTTP API  {target.gateway_url}/v1/assets   (OpenAPI: {target.gateway_url}/schema)",
        f"  Store     {settings.store_url}/{settings.bucket}   (write below uploads/)",
        f"  NATS      {settings.nats_url}",
        f"  API key   {shown(home() / FILE)}   (the operator's; `{command} keys create` makes others)",
        f'  Secrets   {shown(home() / "stack.json")}   (`eval "$({command} env)"` sets them for aws, nats and curl)',
        "",
        "In another terminal:",
        f"  {command} upload FILE   put a video into the bucket",
        f"  {command} watch         see what happens to it",
        f"  {command} ls            see what there is",
        f"  {command} status        see what is up and what waits",
    ]
    console().print("\n".join(lines), markup=False, soft_wrap=True)
