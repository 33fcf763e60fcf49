"""Twilio's HTTP APIs, a module for each resource, each with its table of operations."""
