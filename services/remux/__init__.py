"""Task ``remux.make`` → a rung with its sound as one MP4 file, ``download.made``."""
