"""The account: its credentials, and what it is set up with."""
