"""The command line: a client of the gateway, of the log and of the local stack."""
