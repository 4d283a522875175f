"""JetStream: the streams and durables that services bind to."""
