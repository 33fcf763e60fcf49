"""What a campaign costs, beside what people do today."""

AT_ONCE = 50
"""Contacts at work at once, in each of the ways that can."""
