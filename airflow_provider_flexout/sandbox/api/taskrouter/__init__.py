"""TaskRouter's endpoints."""
