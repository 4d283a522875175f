"""The ``reconcile`` process: consumes listings of the bucket and every fact.

It produces ``bucket.listing``, asks durables again on ``again.v1.…``, and states the end of what nobody answers.
"""

from functools import partial

from services.reconcile.listing import ReconcileSettings, reconcile
from services.reconcile.sweep import sweep_for_ever
from services.reconcile.tell import Teller
from services.reconcile.watch import Watch
from services.runtime.service import Service, run


def build(settings: ReconcileSettings) -> Service:
    """Wire the reconciler."""
    service = Service("reconcile", settings)
    service.background(partial(reconcile, settings))
    service.background(partial(sweep_for_ever, Watch(), Teller(settings), settings.sweep_pause_s, settings))
    return service


def main() -> None:
    """Run the reconciler."""
    run(build, ReconcileSettings)


if __name__ == "__main__":
    main()
