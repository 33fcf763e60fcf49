"""The way back: what became of each outreach, read from Twilio as rows of two tables."""
