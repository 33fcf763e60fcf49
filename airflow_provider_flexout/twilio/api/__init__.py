"""Twilio's endpoints, a module for each resource and what belongs to it.

Every function describes one call and sends nothing.
"""
