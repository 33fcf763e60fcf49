"""What every request meets before a rule does: HTTP, parameters, SIDs, the clock."""
