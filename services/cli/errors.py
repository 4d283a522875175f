"""What a person can get wrong, or finds down: told in one line, without a traceback."""


class CommandError(Exception):
    """A command cannot be done; the message is one line that says what to do."""
