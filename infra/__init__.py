"""What runs beneath the services: the stack, its topology and schema."""
