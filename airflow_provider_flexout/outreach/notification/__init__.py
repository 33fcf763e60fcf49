"""Telling somebody something once, from any number of processes."""
