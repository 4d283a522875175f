"""What an operator sees with standard tools: every service answers, every process says whether it is well."""

import asyncio
import json

import httpx
import pytest
from nats.aio.client import Client

from contracts.v1.operate import CONSOLE
from infra.local.stack import Stack
from infra.local.supervisor import SERVICES


async def answers(nc: Client, verb: str, count: int) -> list[dict[str, object]]:
    inbox = nc.new_inbox()
    subscription = await nc.subscribe(inbox)
    await nc.publish(f"$SRV.{verb}", b"", reply=inbox)
    found = [json.loads((await subscription.next_msg(timeout=20)).data) for _ in range(count)]
    await subscription.unsubscribe()
    return found


@pytest.mark.parametrize("verb", ["PING", "INFO", "STATS"])
async def test_every_service_answers_as_nats_micro_asks(nc: Client, services: Stack, verb: str) -> None:
    expected = {service.name for service in SERVICES} | {CONSOLE}
    found = await answers(nc, verb, len(expected))
    assert {answer["name"] for answer in found} == expected
    assert {answer["type"] for answer in found} == {f"io.nats.micro.v1.{verb.lower()}_response"}


async def test_every_process_has_a_health_endpoint(services: Stack) -> None:
    ports = services.running.health_ports
    assert set(ports) == {service.name for service in SERVICES}
    async with httpx.AsyncClient(trust_env=False) as client:
        found = await asyncio.gather(*(client.get(f"http://127.0.0.1:{port}/healthz") for port in ports.values()))
    assert {answer.is_success for answer in found} == {True}
