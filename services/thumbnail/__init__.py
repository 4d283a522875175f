"""Task ``thumbnail.make`` → poster and storyboard, ``thumbnail.made``."""
