"""What the sandbox holds, and how it starts."""
