"""What operators ask → answers, messages that are delivered again, durables that are held: the console on NATS."""
