"""What the rules stand on: HTTP, fields, SIDs, the clock, settings, faults."""
