"""Bearer tokens of OAuth clients."""
