"""The ``reconcile`` process: consumes listings of the bucket, produces ``bucket.listing``."""

from functools import partial

from services.reconcile.listing import ReconcileSettings, reconcile
from services.runtime.service import Service, run


def build(settings: ReconcileSettings) -> Service:
    """Wire the reconciler."""
    service = Service("reconcile", settings)
    service.background(partial(reconcile, settings))
    return service


def main() -> None:
    """Run the reconciler."""
    run(build, ReconcileSettings)


if __name__ == "__main__":
    main()
