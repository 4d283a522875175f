"""``asset.packaged`` and ``thumbnail.made`` → the last look at every output: ``asset.ready``, or what is made again."""
