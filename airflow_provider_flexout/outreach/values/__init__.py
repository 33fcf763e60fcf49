"""Small values with their checks: addresses, SIDs, durations, keys."""
