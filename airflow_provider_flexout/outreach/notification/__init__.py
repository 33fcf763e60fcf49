"""Notifying somebody once, from any number of processes."""
