"""What an operator sees with standard tools: every service answers, every process says whether it is well."""

import asyncio
import json
from contextlib import suppress

import pytest
from nats.aio.client import Client

from contracts.v1.operate import CONSOLE
from infra.local.stack import Stack
from infra.local.supervisor import SERVICES, is_healthy
from tests.watch import PATIENCE_S


async def answers(nc: Client, verb: str, names: set[str]) -> list[dict[str, object]]:
    """Return what is answered, one answer of each; asked again and again, for one that was killed may be starting."""
    inbox = nc.new_inbox()
    subscription = await nc.subscribe(inbox)
    found: dict[str, dict[str, object]] = {}
    async with asyncio.timeout(PATIENCE_S):
        while not found.keys() >= names:
            await nc.publish(f"$SRV.{verb}", b"", reply=inbox)
            with suppress(TimeoutError):
                while not found.keys() >= names:
                    answer = json.loads((await subscription.next_msg(timeout=1)).data)
                    found[answer["name"]] = answer
    await subscription.unsubscribe()
    return list(found.values())


@pytest.mark.parametrize("verb", ["PING", "INFO", "STATS"])
async def test_every_service_answers_as_nats_micro_asks(nc: Client, services: Stack, verb: str) -> None:
    expected = {service.name for service in SERVICES} | {CONSOLE}
    found = await answers(nc, verb, expected)
    assert {answer["name"] for answer in found} == expected
    assert {answer["type"] for answer in found} == {f"io.nats.micro.v1.{verb.lower()}_response"}


async def test_every_process_has_a_health_endpoint(services: Stack) -> None:
    ports = services.running.health_ports
    assert set(ports) == {service.name for service in SERVICES}
    async with asyncio.timeout(PATIENCE_S):
        while not all(await asyncio.gather(*(is_healthy(port) for port in ports.values()))):
            await asyncio.sleep(0.05)
