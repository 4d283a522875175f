"""What the gateway refuses for a reason that HTTP has a status for."""

from collections.abc import Mapping

from services.runtime.errors import Permanent


class Refused(Permanent):
    """A request that is refused; trying the same again cannot help, or only as ``headers`` say."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        """Keep the HTTP status, the stable code, the sentence for people, and headers for the answer."""
        super().__init__(code, message)
        self.status = status
        self.headers = dict(headers or {})
