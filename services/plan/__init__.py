"""``asset.probed``, ``copy.refused`` → ``asset.planned`` and one task per chunk, track and picture set."""
