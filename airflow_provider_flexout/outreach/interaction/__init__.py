"""Opening a conversation once, by either strategy."""
