"""The ``dispatch`` process: consumes what is queued on ``queue.v1.>``, produces the same tasks on ``task.v1.>``.

It answers on ``estimate.v1.>`` where an asset's work waits, and in how long the asset will be ready.
"""

from functools import partial

from nats.aio.client import Client

from services.dispatch.dispatcher import Dispatcher
from services.dispatch.forecaster import Forecaster
from services.dispatch.memory import keep_seen
from services.dispatch.settings import DispatchSettings
from services.dispatch.shares import Shares, keep_reading
from services.runtime.background import together
from services.runtime.service import Service, run
from services.runtime.telemetry import histogram

_RATIOS = (0.25, 0.5, 0.67, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 4.0)


def build(settings: DispatchSettings) -> Service:
    """Wire the service."""
    service = Service("dispatch", settings)
    shares = Shares(settings.tenant_tasks)
    right = histogram(settings, "estimate_ratio", "Predicted time until ready, in parts of the real one.", _RATIOS)
    forecaster = Forecaster(shares, right)
    service.background(partial(dispatch, shares, forecaster))
    service.background(partial(keep_seen, settings, forecaster))
    service.background(partial(keep_reading, settings, shares))
    return service


async def dispatch(shares: Shares, forecaster: Forecaster, connection: Client) -> None:
    """Hand out work and tell when it will be done, for ever.

    Raises: nats.errors.Error: the server is away. Transient: ``log_interrupted``.
    """
    dispatcher = Dispatcher(connection.jetstream(), shares, forecaster.heard)
    await together(dispatcher.listen(), dispatcher.follow(connection), forecaster.follow(connection, dispatcher))


def main() -> None:
    """Run the service."""
    run(build, DispatchSettings)


if __name__ == "__main__":
    main()
