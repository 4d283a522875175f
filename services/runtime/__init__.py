"""The only code that services share: wiring, settlement, storage, settings, telemetry."""
