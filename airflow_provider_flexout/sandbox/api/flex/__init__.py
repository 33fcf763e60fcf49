"""Twilio's Flex API: interactions, their channels and their webhooks."""
