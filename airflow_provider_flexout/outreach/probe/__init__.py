"""Finding out what Twilio does where it has published nothing, with an address of the user's own."""
