"""The account, its numbers and senders, and its Studio flows."""
