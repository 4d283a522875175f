"""The ``dispatch`` process: consumes what is queued on ``queue.v1.>``, produces the same tasks on ``task.v1.>``."""

from functools import partial

from services.dispatch.dispatcher import dispatch
from services.dispatch.settings import DispatchSettings
from services.dispatch.shares import Shares, keep_reading
from services.runtime.service import Service, run


def build(settings: DispatchSettings) -> Service:
    """Wire the service."""
    service = Service("dispatch", settings)
    shares = Shares(settings.tenant_tasks)
    service.background(partial(dispatch, shares))
    service.background(partial(keep_reading, settings, shares))
    return service


def main() -> None:
    """Run the service."""
    run(build, DispatchSettings)


if __name__ == "__main__":
    main()
