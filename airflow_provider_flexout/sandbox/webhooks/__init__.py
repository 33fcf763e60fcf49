"""Twilio's webhooks for conversations and interactions, signed as Twilio signs them.

They are called after something has happened. Webhooks that Twilio calls before (``PreWebhookUrl``) can be
registered and are never called. Those that start a Studio flow are played in ``simulation``.
"""
