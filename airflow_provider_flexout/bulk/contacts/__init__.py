"""The contacts of a campaign: what their rows say, whom they contact, and doing it once."""
