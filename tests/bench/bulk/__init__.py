"""What a campaign costs, beside what people do today."""

from tests.bench.shown import OUTPUT

AT_ONCE = 50
"""Contacts at work at once, in each of the ways that can."""
LATENCY = 0.1
"""Seconds that each answer takes, where it says so."""
LIMIT = 30.0
"""Conversations per second that Twilio takes, where it says so."""

KEPT, PICTURE = OUTPUT / "bulk.json", OUTPUT / "bulk-rate.png"
