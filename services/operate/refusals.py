"""What an operator is refused, with the status that HTTP has for it."""

from contracts.v1.operate import Refusal
from services.runtime.errors import HeadraceError, Permanent


class Refused(Permanent):
    """A request that is refused; asking the same again cannot help."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep the status, the stable code and the sentence for people."""
        super().__init__(code, message)
        self.status = status


def refusal_of(error: HeadraceError) -> Refusal:
    """Return an error as it is answered; what is neither refused nor permanent may go better later."""
    status = error.status if isinstance(error, Refused) else 400 if isinstance(error, Permanent) else 503
    return Refusal(code=error.code, message=error.message, status=status)
