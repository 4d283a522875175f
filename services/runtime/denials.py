"""What the bus does not let this process say: the server tells of it once, beside the publication that it drops."""

import re

from services.runtime.recent import Recent

_VIOLATION = re.compile(r'permissions violation for publish to "([^"]+)"', re.IGNORECASE)
_MOST = 100


class Denials:
    """The subjects on which this process may not publish, as far as it has tried."""

    def __init__(self, service: str) -> None:
        """Name the service that speaks."""
        self._service = service
        self._subjects: Recent[str, None] = Recent(_MOST)

    async def heard(self, error: Exception) -> None:
        """Take note of what the connection reports, if it is that."""
        if (found := _VIOLATION.search(str(error))) is not None:
            self._subjects[found[1]] = None

    def forget(self, subject: str) -> None:
        """Take note that something could be published after all."""
        self._subjects.pop(subject, None)

    def sentence(self, subject: str) -> str:
        """Return what to tell people of a subject; nothing where it is not known to be denied."""
        if subject not in self._subjects:
            return ""
        return (
            f"NATS does not let the service {self._service} publish on {subject}; give its user that permission "
            "(`python -m infra.nats.permissions` prints what each needs) and reload the server."
        )
