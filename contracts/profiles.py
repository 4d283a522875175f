"""How much work the encoder may spend on an asset: what an uploader may choose, and how an original says which."""

from typing import Literal

Profile = Literal["fast", "balanced", "best"]
"""The more work, the better the picture for its bits. Facts carry any text: what is no profile, ``plan`` refuses."""

DEFAULT_PROFILE: Profile = "fast"

PROFILE_METADATA = "headrace-profile"
"""The user metadata of an original that names its profile: S3's header ``x-amz-meta-headrace-profile``."""
