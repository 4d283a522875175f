"""Errors with stable codes; their class, not the handler, decides what becomes of a message."""

RETRY_DELAYS_S = (5.0, 10.0, 20.0)


class HeadraceError(Exception):
    """Be a failure with a stable ``code`` and a sentence that says what a person can do."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the code and the sentence."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Permanent(HeadraceError):
    """Trying again cannot help: the asset fails and the message is parked as a dead letter."""


class Transient(HeadraceError):
    """Trying again may help: the message comes back after 5, 10 and 20 s, then is given up."""

    def delay_s(self, deliveries: int) -> float | None:
        """Return how long to wait after this many deliveries, or None to give up."""
        return RETRY_DELAYS_S[deliveries - 1] if deliveries <= len(RETRY_DELAYS_S) else None


class Unwritten(Transient):
    """The store did not take what was written: perhaps it takes nothing, though it answers."""


class Early(Transient):
    """It is too soon to tell: the message comes back after ``wait_s``, however often that takes."""

    def __init__(self, wait_s: float) -> None:
        """Keep how long to wait."""
        super().__init__("too_early", "There is something to wait for.")
        self._wait_s = wait_s

    def delay_s(self, deliveries: int) -> float | None:  # noqa: ARG002 (waiting is no failure that is counted)
        """Return how long to wait."""
        return self._wait_s


class Stale(Transient):
    """Somebody else wrote first: look again at once, many times; each try sees newer state."""
