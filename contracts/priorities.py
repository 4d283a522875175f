"""What goes first of one tenant's own work: what an uploader may choose, and how an original says which."""

from typing import Literal

Priority = Literal["high", "normal", "low"]
"""How a tenant's own work is ordered; how much a tenant gets beside others does not depend on it."""

DEFAULT_PRIORITY: Priority = "normal"

PRIORITY_METADATA = "headrace-priority"
"""The user metadata of an original that names its priority: S3's header ``x-amz-meta-headrace-priority``."""
