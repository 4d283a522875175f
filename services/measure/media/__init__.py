"""The media work of measuring: a URL in, numbers out; runs in a child process."""
