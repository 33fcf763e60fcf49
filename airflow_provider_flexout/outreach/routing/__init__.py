"""Which agent, by way of which queue and workflow: by SID or by name."""
