"""Sound of an original, window by window, and what Whisper hears in it: synchronous, in a child process."""
