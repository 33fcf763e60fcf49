"""What is written in conversations: by whom, and what is new."""
