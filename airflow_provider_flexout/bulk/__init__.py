"""Outreach to many: a campaign is one outreach for each contact, and each happens once."""
