"""The ``withdraw`` process: consumes deletions and what late work leaves, produces ``asset.purged``."""

from functools import partial

from services.runtime.service import Service, run
from services.withdraw.due import WithdrawSettings, purge_due
from services.withdraw.handler import keep_withdrawn


def build(settings: WithdrawSettings) -> Service:
    """Wire the service."""
    service = Service("withdraw", settings, even_when_full=True)
    service.on("MEDIA", "withdraw", keep_withdrawn)
    service.background(partial(purge_due, settings))
    return service


def main() -> None:
    """Run the service."""
    run(build, WithdrawSettings)


if __name__ == "__main__":
    main()
