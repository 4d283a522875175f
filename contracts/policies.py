"""Who may play what is made of an asset: what an uploader may choose, and how an original says which."""

from typing import Literal

PlaybackPolicy = Literal["public", "signed"]
"""``public``: whoever knows the URL. ``signed``: whoever has a token that the gateway signed."""

DEFAULT_PLAYBACK_POLICY: PlaybackPolicy = "public"

POLICY_METADATA = "headrace-playback-policy"
"""The user metadata of an original that names its policy: S3's header ``x-amz-meta-headrace-playback-policy``."""
