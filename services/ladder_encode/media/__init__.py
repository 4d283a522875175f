"""The media work of encoding: a URL and a task in, finished segments out, one after another as they are made.

Runs in a child process. Each encoder has one thread: x264 then gives the same bytes on every run, on however many
cores.
"""
