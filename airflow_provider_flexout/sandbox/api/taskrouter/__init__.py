"""Twilio's TaskRouter API, for the one workspace that the sandbox has."""
