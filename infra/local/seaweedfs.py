"""The embedded SeaweedFS: an S3 store with one bucket, and the gRPC feed of its changes.

``operator`` prepares the bucket; ``headrace`` is what users have: it reads, writes and lists this bucket and no other.
Each service has an identity of its own, with its policy. Behind S3, gRPC and the volume server ask for no credentials:
all listen on loopback.
"""

import json
import os
from pathlib import Path
from signal import SIGTERM, Signals

from botocore.exceptions import BotoCoreError, ClientError

from infra import bucket
from infra.access import ACCESS
from infra.local.folder import Folder, write_secret
from infra.local.ports import TWIN_DISTANCE
from infra.local.process import launch
from infra.local.server import program
from infra.local.weed_index import cut_to_whole_entries
from infra.store_policies import policy
from services.runtime.forks import Running

REGION = "us-east-1"
_BUCKET = "media"
_SERVERS = ("master", "volume", "filer", "s3", "admin")
_PROBE = "ready"
_SOCKETS = Path("/tmp")  # noqa: S108 (fixed in SeaweedFS)
# Without a limit its memory grows by the size of what is uploaded; at half of this one, with 200 MB of live buffers, it
# collects garbage without end: ten times the CPU for the same reads.
_MEMORY = {"GOMEMLIMIT": "600MiB", "GOGC": "50"}


class _Weed:
    """The process; SeaweedFS leaves its sockets in ``/tmp``, where no option puts them elsewhere."""

    def __init__(self, process: Running, sockets: list[Path]) -> None:
        self.pid = process.pid
        self._process = process
        self._sockets = sockets

    async def wait(self) -> int:
        status = await self._process.wait()
        for socket in self._sockets:
            socket.unlink(missing_ok=True)
        return status


class SeaweedFS:
    """SeaweedFS on loopback, data in ``objects/``."""

    name: str = "seaweedfs"
    stop_signal: Signals = SIGTERM
    not_ready: tuple[type[Exception], ...] = (OSError, BotoCoreError, ClientError)

    def __init__(self, folder: Folder) -> None:
        """Use a stack's folder."""
        self._program = program("weed")
        self._secrets = {name: folder.secret(f"store_{name}") for name in ("operator", "headrace")}
        self._secrets |= {service: folder.secret(f"store_{service}") for service in ACCESS}
        self._ports = {name: folder.port("store" if name == "s3" else f"store_{name}", twin=True) for name in _SERVERS}
        self.port = self._ports["s3"]
        self._home = folder.private("objects")
        self._log = folder.log(self.name)

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings under which users reach it."""
        return {
            "HEADRACE_STORE_URL": f"http://127.0.0.1:{self.port}",
            "HEADRACE_STORE_REGION": REGION,
            **self._identity("headrace"),
            "HEADRACE_BUCKET": _BUCKET,
            "HEADRACE_FILER_GRPC": f"127.0.0.1:{self._ports['filer'] + TWIN_DISTANCE}",
        }

    def credentials(self, service: str) -> dict[str, str]:
        """Return a service's identity, which may do what its policy says."""
        return self._identity(service)

    async def set_up(self) -> None:
        """Write the identities and what each may do."""
        actions = {"operator": ["Admin"], "headrace": [f"{verb}:{_BUCKET}" for verb in ("Read", "Write", "List")]}
        may: dict[str, dict[str, list[str]]] = {name: {"actions": allowed} for name, allowed in actions.items()}
        may |= {service: {"policyNames": [service]} for service in ACCESS}
        identities = [
            {"name": name, "credentials": [{"accessKey": name, "secretKey": self._secrets[name]}], **allowed}
            for name, allowed in may.items()
        ]
        policies = [{"name": service, "content": json.dumps(policy(service, _BUCKET))} for service in ACCESS]
        configuration = {"identities": identities, "policies": policies}
        write_secret(self._home / "s3.json", json.dumps(configuration).encode())

    async def spawn(self) -> Running:
        """Start the server."""
        cut_to_whole_entries(self._home)
        # Every option is given: SeaweedFS would take those of an earlier start from a file in its folder.
        options = [
            f"-dir={self._home}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false",
            *(f"-{name}.port={port}" for name, port in self._ports.items()),
            f"-s3.config={self._home / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0",
            "-webdav=false", "-admin.ui=false", "-disableHttp", "-idleTimeout=3", "-volume.preStopSeconds=0",
        ]  # fmt: skip
        process = await launch(
            [self._program, f"-config_dir={self._home}", "-logtostderr=true", "mini", *options],
            log=self._log,
            environment={**os.environ, **_MEMORY},
        )
        grpc = [f"{name}-grpc-{port + TWIN_DISTANCE}" for name, port in self._ports.items()]
        http = [f"{name}-{self._ports[name]}" for name in ("filer", "s3")]
        return _Weed(process, [_SOCKETS / f"seaweedfs-{name}.sock" for name in grpc + http])

    async def prepare(self) -> None:
        """Prepare the bucket and see that it takes an object, which comes last in a start."""
        url = self.environment["HEADRACE_STORE_URL"]
        async with bucket.connect(url, REGION, "operator", self._secrets["operator"]) as client:
            await bucket.prepare(client, _BUCKET)
            await client.put_object(Bucket=_BUCKET, Key=_PROBE, Body=b"ready")
            await client.delete_object(Bucket=_BUCKET, Key=_PROBE)

    def _identity(self, name: str) -> dict[str, str]:
        return {"HEADRACE_STORE_ACCESS_KEY": name, "HEADRACE_STORE_SECRET_KEY": self._secrets.get(name, "")}
