"""Sending a message once."""
