"""The ids of what people ask for."""

import secrets
import time


def new_edit() -> str:
    """Return a new id of an edit: 20 hexadecimal digits, later ones sort after earlier ones."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(4)}"
