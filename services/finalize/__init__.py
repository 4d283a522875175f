"""``asset.packaged`` and ``thumbnail.made`` → verified, ``asset.ready``."""
