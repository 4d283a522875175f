"""The same servers as containers, with a store that sends its notifications to JetStream by itself.

For tests on a machine with Docker (``HEADRACE_TEST_STACK=containers``): NATS, PostgreSQL, and RustFS in place of
SeaweedFS. The stack takes them as external servers.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network
from testcontainers.core.wait_strategies import ExecWaitStrategy, HttpWaitStrategy, LogMessageWaitStrategy

from infra import bucket
from infra.local.settings import settings_from
from infra.nats import topology

NATS_IMAGE = "nats:2.12"
POSTGRES_IMAGE = "postgres:18"
RUSTFS_IMAGE = "rustfs/rustfs:latest"

_NATS_CONFIGURATION = """\
jetstream {{ store_dir: "/data", sync_interval: always }}
authorization {{ user: headrace, password: "{password}" }}
"""
_BUCKET = "media"
_REGION = "us-east-1"
_NOTIFICATIONS = f"arn:rustfs:sqs:{_REGION}:headrace:nats"


@asynccontextmanager
async def containers() -> AsyncIterator[dict[str, str]]:
    """Run the containers and yield the settings that lead to them."""
    password = secrets.token_hex(20)
    with ExitStack() as running:
        network = running.enter_context(Network())
        nats = _nats(network, password)
        postgres = _postgres(password)
        store = _rustfs(network, password)
        await asyncio.to_thread(running.enter_context, nats)
        await asyncio.to_thread(running.enter_context, postgres)
        environment = {
            "HEADRACE_NATS_URL": f"nats://{_address(nats, 4222)}",
            "HEADRACE_NATS_USER": "headrace",
            "HEADRACE_NATS_PASSWORD": password,
            "HEADRACE_DATABASE_URL": f"postgresql://headrace:{password}@{_address(postgres, 5432)}/headrace",
        }
        # RustFS looks for the stream when it starts, and never makes it.
        await topology.apply_to(settings_from(environment))
        await asyncio.to_thread(running.enter_context, store)
        environment |= {
            "HEADRACE_STORE_URL": f"http://{_address(store, 9000)}",
            "HEADRACE_STORE_REGION": _REGION,
            "HEADRACE_STORE_ACCESS_KEY": "headrace",
            "HEADRACE_STORE_SECRET_KEY": password,
            "HEADRACE_BUCKET": _BUCKET,
        }
        await _send_notifications(environment["HEADRACE_STORE_URL"], password)
        yield environment


def _nats(network: Network, password: str) -> DockerContainer:
    return (
        DockerContainer(NATS_IMAGE)
        .with_network(network)
        .with_network_aliases("nats")
        .with_exposed_ports(4222)
        .with_copy_into_container(_NATS_CONFIGURATION.format(password=password).encode(), "/headrace.conf")
        .with_command("--config /headrace.conf")
        .waiting_for(LogMessageWaitStrategy("Server is ready"))
    )


def _postgres(password: str) -> DockerContainer:
    return (
        DockerContainer(POSTGRES_IMAGE)
        .with_exposed_ports(5432)
        .with_envs(POSTGRES_USER="headrace", POSTGRES_PASSWORD=password, POSTGRES_DB="headrace")
        # By TCP: while it makes its database, a server without TCP answers.
        .waiting_for(ExecWaitStrategy(["pg_isready", "--host=127.0.0.1", "--username=headrace"]))
    )


def _rustfs(network: Network, password: str) -> DockerContainer:
    # The suffix of a target's variables is its name in the ARN, in lower case.
    target = {
        "ENABLE": "on",
        "ADDRESS": "nats://nats:4222",
        "SUBJECT": "bucket.rustfs",
        "USERNAME": "headrace",
        "PASSWORD": password,
        "JETSTREAM_ENABLE": "true",
        "JETSTREAM_STREAM_NAME": topology.BUCKET.name,
        "QUEUE_DIR": "/tmp/notifications",  # noqa: S108 (inside the container)
    }
    return (
        DockerContainer(RUSTFS_IMAGE)
        .with_network(network)
        .with_exposed_ports(9000)
        .with_envs(
            RUSTFS_VOLUMES="/data",
            RUSTFS_ADDRESS="0.0.0.0:9000",
            RUSTFS_REGION=_REGION,
            RUSTFS_ACCESS_KEY="headrace",
            RUSTFS_SECRET_KEY=password,
            RUSTFS_NOTIFY_ENABLE="true",
            **{f"RUSTFS_NOTIFY_NATS_{name}_HEADRACE": value for name, value in target.items()},
        )
        .waiting_for(HttpWaitStrategy(9000, "/health"))
    )


def _address(container: DockerContainer, port: int) -> str:
    return f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"


async def _send_notifications(url: str, secret_key: str) -> None:
    async with bucket.connect(url, _REGION, "headrace", secret_key) as client:
        await bucket.prepare(client, _BUCKET)
        await client.put_bucket_notification_configuration(
            Bucket=_BUCKET,
            NotificationConfiguration={
                "QueueConfigurations": [
                    {
                        "QueueArn": _NOTIFICATIONS,
                        "Events": ["s3:ObjectCreated:*"],
                        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "uploads/"}]}},
                    }
                ]
            },
        )
