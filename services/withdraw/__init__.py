"""Takes what is deleted out of playback, brings it back, and in the end leaves nothing of it."""
