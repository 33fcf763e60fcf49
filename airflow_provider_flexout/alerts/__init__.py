"""Outreach from data-quality alerts, in DAGs: rows from databases, plans, asset events."""
