"""Twilio's endpoints, a module for each resource: every function describes one call and sends nothing."""
