"""``asset.probed`` → ``asset.planned`` and one task per chunk, track and picture set; again once it was measured."""
