"""Twilio's Conversations API, with its media service."""
