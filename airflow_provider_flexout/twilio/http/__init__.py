"""Sending a call: the request, its retries and rate limits, and what Twilio's response means."""
