"""The embedded nats-server: JetStream that has every acknowledged message on disk."""

import json
from signal import SIGTERM, Signals

import nats.errors

from infra.access import ACCESS
from infra.local.folder import Folder, write_secret
from infra.local.process import launch
from infra.local.server import program
from infra.local.settings import settings_from
from infra.nats import topology
from infra.nats.permissions import OPERATOR, authorization
from services.runtime.forks import Running

# sync_interval: by default the server would sync every two minutes, and a power cut would take what it acknowledged.
_CONFIGURATION = """\
server_name: headrace
host: 127.0.0.1
port: {port}
http: "127.0.0.1:{monitoring_port}"
jetstream {{ store_dir: {store}, sync_interval: always, max_memory_store: 64MB, max_file_store: 10GB }}
authorization: {authorization}
"""


class Nats:
    """NATS on loopback, data in ``nats/``."""

    name: str = "nats"
    stop_signal: Signals = SIGTERM
    not_ready: tuple[type[Exception], ...] = (OSError, nats.errors.Error)

    def __init__(self, folder: Folder) -> None:
        """Use a stack's folder."""
        self._program = program("nats-server")
        self._passwords = {OPERATOR: folder.secret("nats_password")}
        self._passwords |= {service: folder.secret(f"nats_password_{service}") for service in ACCESS}
        self.port = folder.port("nats")
        self._monitoring_port = folder.port("nats_monitoring")
        self._home = folder.private("nats")
        self._log = folder.log(self.name)

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings under which operators reach it."""
        return {"HEADRACE_NATS_URL": f"nats://127.0.0.1:{self.port}", **self._user(OPERATOR)}

    def credentials(self, service: str) -> dict[str, str]:
        """Return a service's user, who may say and hear what is the service's own."""
        return self._user(service)

    async def set_up(self) -> None:
        """Write the configuration."""
        configuration = _CONFIGURATION.format(
            port=self.port,
            monitoring_port=self._monitoring_port,
            store=json.dumps(str(self._home)),
            authorization=json.dumps(authorization(self._passwords)),
        )
        write_secret(self._home / "nats.conf", configuration.encode())

    async def spawn(self) -> Running:
        """Start the server."""
        return await launch([self._program, "--config", self._home / "nats.conf"], log=self._log)

    async def prepare(self) -> None:
        """Apply the topology."""
        await topology.apply_to(settings_from(self.environment))

    def _user(self, name: str) -> dict[str, str]:
        return {"HEADRACE_NATS_USER": name, "HEADRACE_NATS_PASSWORD": self._passwords.get(name, "")}
