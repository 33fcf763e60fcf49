"""How many requests may be sent, and when; and how long one may take."""
