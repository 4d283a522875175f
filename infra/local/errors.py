"""What can go wrong with a stack, in sentences for people."""


class StackError(Exception):
    """The stack cannot start or cannot go on; the message is one line that says what to do."""
