"""Twilio's ``Channel`` object: whom an interaction reaches, and how. A module for each kind of channel.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions
"""
