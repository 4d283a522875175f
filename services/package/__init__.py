"""``chunk.encoded`` → growing playlists, ``asset.playable``, ``asset.packaged``."""
