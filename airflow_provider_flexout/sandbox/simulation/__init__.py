"""Customers and agents who follow their scripts."""
