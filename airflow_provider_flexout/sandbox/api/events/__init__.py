"""Event Streams: ``events.twilio.com``."""
