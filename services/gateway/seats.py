"""How many may listen at a time, in all and of each tenant."""

from weakref import WeakSet

from services.gateway.refusals import Refused
from services.runtime.errors import Transient


class Seat:
    """One listener's place: free again when it is left, or when nobody holds it, as an answer that never began."""

    def __init__(self, tenant: str) -> None:
        """Belong to a tenant's listener."""
        self.tenant = tenant


class Seats:
    """The places of one process."""

    def __init__(self, most: int, most_of_tenant: int) -> None:
        """Have so many places, of which one tenant takes no more than its share."""
        self._most = most
        self._most_of_tenant = most_of_tenant
        self._taken: WeakSet[Seat] = WeakSet()

    def take(self, tenant: str) -> Seat:
        """Give a listener a place.

        Raises: Transient: ``too_many_listeners``. Refused: ``too_many_listeners_of_tenant``.
        """
        if len(self._taken) >= self._most:
            raise Transient("too_many_listeners", "This gateway has as many listeners as it takes; try again soon.")
        if sum(seat.tenant == tenant for seat in self._taken) >= self._most_of_tenant:
            message = f"The tenant has {self._most_of_tenant} listeners here, which is the most; end one first."
            raise Refused(429, "too_many_listeners_of_tenant", message, {"Retry-After": "2"})
        seat = Seat(tenant)
        self._taken.add(seat)
        return seat

    def leave(self, seat: Seat) -> None:
        """Take a place back."""
        self._taken.discard(seat)
