"""The ``package`` process: consumes ``chunk.encoded``, ``output.refused``, ``asset.restored`` and ``asset.retried``.

It produces ``asset.playable`` and ``asset.packaged``.
"""

from services.package.handler import package_asset
from services.runtime.service import Service, run
from services.runtime.settings import Settings

# Mostly waiting for log and store; assets need not wait for each other.
CONCURRENCY = 4


def build(settings: Settings) -> Service:
    """Wire the service."""
    service = Service("package", settings)
    service.on("MEDIA", "package", package_asset, concurrency=CONCURRENCY)
    return service


def main() -> None:
    """Run the service."""
    run(build, Settings)


if __name__ == "__main__":
    main()
