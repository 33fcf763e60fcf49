"""Reading what people write in conversations: who wrote it, and what is new."""
