"""What media children may reach, where the kernel has Landlock: Python, its libraries, and the port of the store."""

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from services.runtime import landlock

_DEFAULT_PORTS = {"http": 80, "https": 443}
# What the C library reads to resolve a name, TLS to know whom to trust, and codecs to count processors.
_SYSTEM = (
    "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/lib", "/lib64",
    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/ld.so.cache",
    # The first of those files is often a link to a file that is made anew when networks change.
    "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
    "/etc/localtime", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share/ca-certificates",
    "/dev/null", "/dev/urandom", "/sys/devices/system", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
)  # fmt: skip


class Confinement(msgspec.Struct, frozen=True):
    """The ports that children may connect to, and what they may read beside code."""

    ports: list[int] = []
    readable: list[str] = []

    def enter(self) -> None:
        """Confine this process and all that it will fork.

        Raises: OSError: the kernel has Landlock and refuses.
        """
        landlock.confine([*_code(), *map(Path, (*_SYSTEM, *self.readable))], self.ports)


def port_of(url: str) -> int:
    """Return the port that a URL leads to."""
    parts = urlsplit(url)
    return parts.port or _DEFAULT_PORTS[parts.scheme]


def described(confinement: Confinement) -> str:
    """Return what this kernel makes of a confinement, for the log."""
    version = landlock.abi()
    if version == landlock.NO_LANDLOCK:
        return "media children: limits alone, for this kernel has no Landlock"
    ports = ", ".join(map(str, confinement.ports)) or "none"
    tcp = f"TCP to port {ports} alone" if version >= landlock.TCP_SINCE else "any TCP, which it cannot restrict"
    files = "they read code and system files alone, write nothing"
    return f"media children: limits and Landlock (ABI {version}): {files}, {tcp}"


def _code() -> Iterator[Path]:
    """Yield where Python's own and installed modules lie, and the packages that were loaded from elsewhere.

    A folder that only lies on the path is left out: it may be a working copy, with a stack's secrets below it.
    """
    installed = {Path(sys.prefix), Path(sys.base_prefix)}
    yield from installed
    for name, module in list(sys.modules.items()):
        if "." not in name:
            yield from (
                Path(folder)
                for folder in getattr(module, "__path__", ())
                if not any(Path(folder).is_relative_to(prefix) for prefix in installed)
            )
