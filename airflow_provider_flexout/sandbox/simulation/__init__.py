"""Customers and agents who act by themselves."""
