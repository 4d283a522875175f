"""Task ``transcribe.audio`` → what is said in an original, as a text track: ``captions.made``, ``captions.refused``."""
