"""Who handles an interaction that is open: inviting, handing over, leaving, and what the task says."""
