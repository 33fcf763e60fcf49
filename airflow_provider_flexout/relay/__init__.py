"""A small server between Twilio's webhooks and a queue; ``flexout relay`` runs it."""
