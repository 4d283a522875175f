"""The ``withdraw`` process: consumes deletions and what late work leaves, produces ``asset.purged``.

It also ends versions that were superseded: it states ``version.retired``, and when that is done ``version.removed``.
"""

from functools import partial

from services.runtime.service import Service, run
from services.withdraw.due import WithdrawSettings, purge_due
from services.withdraw.handler import keep_withdrawn
from services.withdraw.remove import remove_version, still_retired


def build(settings: WithdrawSettings) -> Service:
    """Wire the service."""
    service = Service("withdraw", settings, even_when_full=True)
    service.on("MEDIA", "withdraw", keep_withdrawn)
    service.on("MEDIA", "remove_version", remove_version, otherwise=still_retired)
    service.background(partial(purge_due, settings))
    return service


def main() -> None:
    """Run the service."""
    run(build, WithdrawSettings)


if __name__ == "__main__":
    main()
