"""What can go wrong, each with a sentence that says what to do."""


class ClientError(Exception):
    """Be a failure that a person can act on."""


class Refused(ClientError):
    """The gateway or the store said no; ``code`` is stable, ``status`` HTTP's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep what was answered."""
        super().__init__(message)
        self.status = status
        self.code = code


class Unavailable(ClientError):
    """Gateway or store did not answer, although asked several times."""


class FileChanged(ClientError):
    """The file became another one while it was sent."""
