"""Twilio's webhooks: who is told what of conversations and interactions, signed as Twilio signs.

Only what has happened is told. Webhooks that Twilio asks before something happens (``PreWebhookUrl``), and
those that start a Studio flow, are kept and never called.
"""
