"""The gateway's controllers, one for each noun."""
