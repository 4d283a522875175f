"""All faults, as data."""

from tests.chaos.fault import Fault
from tests.chaos.faults import database, everything, messages, permissions, servers, services, storage

FAULTS: tuple[Fault, ...] = (
    *servers.FAULTS,
    *services.FAULTS,
    *storage.FAULTS,
    *database.FAULTS,
    *messages.FAULTS,
    *permissions.FAULTS,
    *everything.FAULTS,
)
