"""``asset.probed``, ``copy.refused``, ``complexity.measured`` → ``asset.planned`` and tasks for all that it says."""
